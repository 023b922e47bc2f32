"""A closed trade in figures, computed from its fills.

Prices and money are rounded half even to 8 places, R to 4, basis points to 2; sums are exact before that. What the
fills seen do not add up to (a fill is missing, or the position was turned by hand) is None, never an estimate.
"""

from dataclasses import fields
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from capi.core.actions import ExitReason
from capi.core.decision import Direction
from capi.core.units import EXACT, ZERO, plain
from capi.core.value import value
from capi.engine.flows import Flows
from capi.engine.ledger import Ledger
from capi.engine.order_merge import OrderRecord
from capi.engine.trade_book import TradeRecord

MONEY: Final = Decimal("0.00000001")
R_PLACES: Final = Decimal("0.0001")
BPS_PLACES: Final = Decimal("0.01")
SECONDS_PLACES: Final = Decimal("0.001")


@value
class TradeSummary:
    """What a trade was. Prices USDT per base, `qty` base, money USDT: paid fees positive, funding positive received.

    `r` is net PnL over (|entry − first stop| × qty). `slippage_bps` is the entry against the zone's middle, positive
    when worse. `naked_seconds`: how long a visible position stood without a live stop. None is unknown.
    """

    decision_id: str
    side: Direction
    qty: Decimal
    opened_at_ms: int
    closed_at_ms: int
    entry_price: Decimal | None
    exit_price: Decimal | None
    exit_reason: ExitReason
    gross_pnl: Decimal | None
    fees: Decimal | None
    funding: Decimal
    net_pnl: Decimal | None
    r: Decimal | None
    naked_seconds: Decimal
    duration_seconds: Decimal
    chases: int
    market_entry: bool
    slippage_bps: Decimal | None
    adopted: bool


def summarise(ledger: Ledger, record: TradeRecord, exit_reason: ExitReason, now_ms: int) -> TradeSummary:
    """Return the open trade's summary, were it settled now."""
    trade, flows = record.trade, record.flows
    sign = 1 if trade.side == "long" else -1
    qty = max(flows.entry_qty, trade.entered)
    explained = flows.entry_qty == flows.exit_qty == qty
    entry = _mean(flows.entry_value, flows.entry_qty) if flows.entry_qty else trade.entry_price
    gross = _gross(flows, sign) if explained else None
    fees = flows.fees if explained else None
    net = None if gross is None or fees is None else EXACT.add(EXACT.subtract(gross, fees), flows.funding)
    closed = now_ms if flows.last_exit_ms is None else flows.last_exit_ms
    entries = _entries(ledger, trade.decision_id)
    return TradeSummary(
        decision_id=trade.decision_id,
        side=trade.side,
        qty=plain(qty),
        opened_at_ms=record.started_at_ms,
        closed_at_ms=closed,
        entry_price=_rounded(entry, MONEY),
        exit_price=_rounded(_mean(flows.exit_value, flows.exit_qty), MONEY),
        exit_reason=exit_reason,
        gross_pnl=_rounded(gross, MONEY),
        fees=_rounded(fees, MONEY),
        funding=_round(flows.funding, MONEY),
        net_pnl=_rounded(net, MONEY),
        r=_r(net, entry, record.first_sl, qty),
        naked_seconds=_seconds(ledger.naked_ms_until(now_ms)),
        duration_seconds=_seconds(closed - record.started_at_ms),
        chases=max(0, sum(not entry.takes for entry in entries) - 1),
        market_entry=any(entry.takes for entry in entries),
        slippage_bps=_slippage(ledger, trade.decision_id, entry, sign),
        adopted=record.adopted,
    )


def trade_closed(at_ms: int, summary: TradeSummary) -> dict[str, Any]:
    """Return the event that settles a trade."""
    rest = {field.name: getattr(summary, field.name) for field in fields(summary)}
    return {"event": "trade_closed", "at_ms": at_ms, **rest}


def _entries(ledger: Ledger, decision_id: str) -> list[OrderRecord]:
    """Return the decision's entries that the exchange took: a refused one chased nothing."""
    records = ledger.orders.of_decision(decision_id)
    return [record for record in records if record.role == "entry" and record.order.status != "REJECTED"]


def _mean(value: Decimal | None, qty: Decimal) -> Decimal | None:
    return None if value is None or qty == 0 else EXACT.divide(value, qty)


def _gross(flows: Flows, sign: int) -> Decimal | None:
    if flows.entry_value is None:
        return None
    return EXACT.multiply(EXACT.subtract(flows.exit_value, flows.entry_value), Decimal(sign))


def _rounded(value: Decimal | None, places: Decimal) -> Decimal | None:
    return None if value is None else _round(value, places)


def _round(value: Decimal, places: Decimal) -> Decimal:
    """Return the nearest multiple, half even; adding zero makes -0 a 0."""
    return plain(EXACT.add(value.quantize(places, ROUND_HALF_EVEN, EXACT), ZERO))


def _r(net: Decimal | None, entry: Decimal | None, first_sl: Decimal, qty: Decimal) -> Decimal | None:
    if net is None or entry is None:
        return None
    risked = EXACT.multiply(abs(EXACT.subtract(entry, first_sl)), qty)
    return None if risked == 0 else _rounded(EXACT.divide(net, risked), R_PLACES)


def _slippage(ledger: Ledger, decision_id: str, entry: Decimal | None, sign: int) -> Decimal | None:
    seen = ledger.decisions.get(decision_id)
    if entry is None or seen is None or seen.zone_middle is None:
        return None
    worse = EXACT.multiply(EXACT.subtract(entry, seen.zone_middle), Decimal(sign * 10_000))
    return _rounded(EXACT.divide(worse, seen.zone_middle), BPS_PLACES)


def _seconds(milliseconds: int) -> Decimal:
    return _round(EXACT.divide(Decimal(milliseconds), Decimal(1000)), SECONDS_PLACES)
