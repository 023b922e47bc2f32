"""A decision file's bytes, up to the plan: an unusable one never enters, a usable one is what the file says."""

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from capi.adapters.decision_json import parse_decision
from capi.core.actions import Action, CancelOrder, PlaceOrder
from capi.core.config import Config
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.plan import plan
from tests.adapters.decision_examples import GOOD, LONG, written
from tests.fuzz.target import Target, check_sentence
from tests.worlds import ACCOUNT, CONFIG, MADE, NOW, held

AGE_MS_MAX: Final = 600_000
AHEAD_MS_MAX: Final = 5_000
_HELD, _HELD_ORDERS = held()
_DEEP: Final = written(
    {**LONG, "decision_id": "d-1", "session": {"current": "ASIA"}, "volatility": {"value": 0.0013}, "atr": 120.5}
)


def check(document: bytes) -> str:
    """Parse and plan, flat and in a position."""
    decision = parse_decision(document, symbol="BTCUSDT", id_prefix="capi", mtime_ms=MADE).decision
    flat = plan(decision, ACCOUNT, (), CONFIG)
    guarded = plan(decision, _HELD, _HELD_ORDERS, CONFIG)
    _check_guard_stays(guarded)
    if isinstance(decision, Unusable):
        check_sentence(decision.reason)
        check_no_entry(flat)
        check_no_entry(guarded)
        return "unusable"
    check_says_what_the_file_says(decision, document)
    return check_entry(decision, flat, CONFIG)


def entries_of(actions: list[Action]) -> list[PlaceOrder]:
    """Return the entries of a plan."""
    return [action for action in actions if isinstance(action, PlaceOrder) and not _reduces(action)]


def _reduces(order: PlaceOrder) -> bool:
    return order.reduce_only or order.close_position


def check_no_entry(actions: list[Action]) -> None:
    """No order that could open or enlarge a position."""
    assert not entries_of(actions), f"an entry: {entries_of(actions)}"


def _check_guard_stays(actions: list[Action]) -> None:
    """No decision takes a stop down; with `on_flat` and `on_opposite` at hold none exits either."""
    taken = [action for action in actions if isinstance(action, CancelOrder) and action.kind == "algo"]
    assert not taken, f"a stop is taken down: {taken}"
    exits = [action for action in actions if isinstance(action, PlaceOrder) and action.role == "exit"]
    assert not exits, f"an exit: {exits}"


def check_entry(decision: Decision, actions: list[Action], config: Config) -> str:
    """An entry stands inside the decision's zone, no larger than its size, with its stop; an old one never enters."""
    entries, proposal = entries_of(actions), decision.proposal
    if not NOW - AGE_MS_MAX <= decision.timestamp_ms <= NOW + AHEAD_MS_MAX or proposal is None:
        check_no_entry(actions)
        return "flat" if proposal is None else "old"
    for entry in entries:
        _check_one(entry, proposal)
    return "entered" if entries else "waits"


def _check_one(entry: PlaceOrder, proposal: Proposal) -> None:
    sign = 1 if proposal.direction == "long" else -1
    assert entry.side == ("BUY" if sign == 1 else "SELL")
    assert entry.price is not None
    assert entry.quantity is not None
    assert entry.sl is not None
    assert proposal.zone_min - Decimal("0.1") <= entry.price <= proposal.zone_max + Decimal("0.1")
    assert (entry.price - entry.sl) * sign > 0, f"the stop is on the wrong side: {entry}"
    assert (entry.sl - proposal.sl) * sign >= 0, f"the stop is looser than the decision's: {entry}"
    assert entry.quantity * entry.price <= proposal.position_size_usdt
    for target in (entry.tp1, entry.tp2):
        assert target is None or (target - entry.price) * sign > 0, f"a target on the wrong side: {entry}"


def check_says_what_the_file_says(decision: Decision, document: bytes) -> None:
    """Read once more by other code: each number is the file's own, geometry and bounds hold."""
    table: Any = json.loads(document, parse_float=Decimal, parse_int=Decimal)
    assert table.get("symbol") in (None, "BTCUSDT")
    assert 0 <= decision.confidence <= 1
    assert decision.confidence == (table.get("confidence") or 0)
    assert dict(decision.risk_checks) == (table.get("risk_checks") or {})
    proposal = decision.proposal
    if proposal is None:
        assert table["action"] == "flat"
        return
    assert table["action"] == proposal.direction
    assert [proposal.zone_min, proposal.zone_max] == table["entry_zone"]
    for name in ("sl", "tp1", "tp2", "position_size_usdt", "leverage"):
        told = getattr(proposal, name)
        assert told == table.get(name), f"{name}: {told} is not the file's {table.get(name)}"
        assert told is None or told.is_finite()
    ladder = [proposal.sl, proposal.zone_min, proposal.zone_max, proposal.tp1, proposal.tp2]
    if proposal.direction == "short":
        ladder = [proposal.sl, proposal.zone_max, proposal.zone_min, proposal.tp1, proposal.tp2]
    known = [price for price in ladder if price is not None]
    steps = [b - a if proposal.direction == "long" else a - b for a, b in pairwise(known)]
    assert min(known) > 0
    assert steps[0] > 0
    assert steps[1] >= 0
    assert all(step > 0 for step in steps[2:]), f"geometry: {known}"
    assert proposal.position_size_usdt > 0
    assert proposal.leverage >= 1


TARGET: Final = Target(
    name="decision",
    good=(*GOOD.values(), _DEEP, written(LONG, timestamp_iso="2025-11-28T09:05:00Z")),
    check=check,
    outcomes=frozenset({"unusable", "flat", "old", "entered", "waits"}),
)
