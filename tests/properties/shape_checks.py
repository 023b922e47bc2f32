"""Invariant 8, the order of execution, and that everything is said: what every list of actions looks like."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from capi.core.actions import (
    Action,
    AdoptPosition,
    CancelOrder,
    CloseTrade,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    UpdateTrade,
)
from capi.core.units import text
from tests.properties.worlds import World

RANKS: Final = {"sl": 0, "exit": 2, "tp1": 4, "tp2": 4, "entry": 5}


def check_filters(world: World, actions: Sequence[Action]) -> None:
    """Every price is on a tick, every quantity on a step, both above zero and inside the filters, in fixed point."""
    instrument = world.account.instrument
    for action in actions:
        if not isinstance(action, PlaceOrder):
            continue
        for price in (action.price, action.trigger_price, action.sl, action.tp1, action.tp2):
            _check_multiple(price, instrument.tick_size, action)
        _check_multiple(action.quantity, instrument.step_size, action)
        if action.quantity is None:
            continue
        largest = instrument.max_qty if action.type == "LIMIT" else instrument.market_max_qty
        assert largest is None or action.quantity <= largest, f"{action.quantity} is above {largest}: {action}"
        assert action.quantity >= instrument.min_qty, f"{action.quantity} is below {instrument.min_qty}: {action}"
        if action.role == "entry" and action.price is not None:
            notional = action.quantity * action.price
            assert notional >= instrument.min_notional, f"{notional} USDT is below the minimum: {action}"


def _check_multiple(value: Decimal | None, unit: Decimal, action: PlaceOrder) -> None:
    if value is not None:
        assert value > 0, f"{value} is not above zero: {action}"
        assert value % unit == 0, f"{value} is no multiple of {unit}: {action}"
        written = text(value)
        assert Decimal(written) == value, written
        decimals = len(written.partition(".")[2])
        assert decimals <= len(text(unit).partition(".")[2]), f"{written} has more digits than {unit}: {action}"


def check_sequence(world: World, actions: Sequence[Action]) -> None:
    """Stops, cancels, exits, records, targets, and entries last; never an entry in a plan that cancels."""
    ranks = [rank for action in actions if (rank := _rank(action)) is not None]
    assert ranks == sorted(ranks), f"out of order: {ranks}"
    entries = [i for i, action in enumerate(actions) if isinstance(action, PlaceOrder) and action.role == "entry"]
    assert entries in ([], [len(actions) - 1]), "an entry is not the last action"
    if entries:
        assert not any(isinstance(action, CancelOrder) for action in actions), "a cancel beside an entry"


def _rank(action: Action) -> int | None:
    match action:
        case PlaceOrder():
            return RANKS[action.role]
        case CancelOrder():
            return 1
        case OpenTrade() | AdoptPosition() | UpdateTrade() | CloseTrade() | EnterSafeMode():
            return 3
        case _:
            return None


def check_said(world: World, actions: Sequence[Action]) -> None:
    """Every action says which rule wanted it and why; cancels name an order that rests, once."""
    resting = {order.key for order in world.orders if order.status in ("NEW", "PARTIALLY_FILLED")}
    for action in actions:
        assert action.rule, f"no rule: {action}"
        assert action.reason.strip(), f"no reason: {action}"
        assert "None" not in action.reason, f"a None for people to read: {action}"
        if isinstance(action, CancelOrder):
            assert action.key in resting, f"{action.client_order_id} does not rest, or is cancelled twice"
            resting.remove(action.key)
