"""Checks of the ways that orders take: placing, without trading, and the endpoint that stops go to."""

from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful

from capi.cli.doctor.finding import Finding, green, yellow
from capi.cli.doctor.market import least_quantity
from capi.cli.doctor.visit import Visit, needed
from capi.core.actions import PlaceOrder
from capi.core.errors import Rejected
from capi.core.units import floor_to, text

BELOW_THE_BID: Final = Decimal("0.99")
"""Where the order for the test would rest: inside the exchange's price band, away from the book."""


def order_path(visit: Visit) -> Finding:
    """Would the exchange take an order? It judges one, and forgets it: POST /fapi/v1/order/test."""
    inquiry, instrument = visit.account(), needed(visit.instrument, "the symbol's filters")
    price = floor_to(needed(visit.book, "the book").bid * BELOW_THE_BID, instrument.tick_size)
    order = PlaceOrder(
        client_order_id=f"{visit.settings.id_prefix}_entry_doctor",
        role="entry",
        kind="plain",
        side="BUY",
        type="LIMIT",
        quantity=least_quantity(instrument, price),
        price=price,
        time_in_force="GTC",
        decision_id="doctor",
        rule="doctor",
        reason="judged only",
    )
    result = inquiry.test_order(order)
    refused = None if is_successful(result) else result.failure()
    if isinstance(refused, Rejected):
        what = f"an order for the test was refused (code {refused.code}: {refused.message})"
        return yellow(what, "see to what it says: entries would be refused as well")
    visit.answer(result)
    return green(f"an order of {text(order.quantity or Decimal(0))} at {text(price)} would be taken (only judged)")


def stop_path(visit: Visit) -> Finding:
    """Does the endpoint of conditional orders answer?"""
    stops = visit.answer(visit.account().open_orders("algo"))
    return green(
        f"the endpoint of conditional orders answers, {len(stops)} open; "
        "that a stop is taken shows only once there is a position"
    )
