"""Invariants 3, 4 and 9: what may add risk is sent once, never too much, and never without knowing."""

from collections.abc import Sequence
from decimal import Decimal

from capi.core.actions import Action, CancelOrder, PlaceOrder
from capi.core.decision import ENTRY_SIDE, Decision
from capi.core.units import ZERO
from tests.properties.facts import LIVE, PROTECTIVE, direction_of, own
from tests.properties.worlds import World


def entries_of(actions: Sequence[Action]) -> list[PlaceOrder]:
    """Return the entries among the actions."""
    return [action for action in actions if isinstance(action, PlaceOrder) and action.role == "entry"]


def check_ids(world: World, actions: Sequence[Action]) -> None:
    """No id is sent that an order in the view or an intent has borne, nor one twice."""
    known = {order.client_order_id for order in world.orders}
    known |= {intent.client_order_id for intent in world.account.intents}
    for action in actions:
        if isinstance(action, PlaceOrder):
            assert action.client_order_id not in known, f"{action.client_order_id} has been used"
            assert len(action.client_order_id) <= 36, f"{action.client_order_id} is too long"
            known.add(action.client_order_id)


def check_entry_is_due(world: World, actions: Sequence[Action]) -> None:
    """An entry needs a fresh decision for its side, a complete view, every figure, and no doubt about any order."""
    entries = entries_of(actions)
    if not entries:
        return
    decision, account, entry = world.decision, world.account, entries[0]
    assert len(entries) == 1, "two entries in one plan"
    assert not any(isinstance(action, CancelOrder) for action in actions), "a cancel beside an entry"
    assert isinstance(decision, Decision), "an entry of an unusable decision"
    assert decision.proposal is not None, "an entry of a flat decision"
    age = account.now_ms - decision.timestamp_ms
    assert -5000 <= age <= world.config.decision_age_seconds_max * 1000, f"the decision is {age} ms old"
    assert entry.decision_id == decision.decision_id, "an entry of another decision"
    assert entry.side == ENTRY_SIDE[decision.proposal.direction], "an entry on the wrong side"
    assert account.complete, "an entry on an incomplete view"
    assert account.safe_mode is None, "an entry in safe mode"
    assert not account.paused, "an entry while paused"
    assert account.flatten is None, "an entry while the operator wants to be flat"
    assert not account.ends, "an entry while the run ends"
    assert account.leverage is not None, "an entry at unknown leverage"
    assert account.leverage <= world.config.risk.leverage_max, "an entry above the leverage cap"
    figures = (account.equity, account.available, account.day_start_equity, account.week_start_equity)
    assert None not in figures, "an entry with an unknown figure"
    assert None not in (account.market.bid, account.market.ask), "an entry without a book"
    assert direction_of(world) in (None, decision.proposal.direction), "an entry against the position"
    assert (account.position.qty == 0) == (account.trade is None) or account.trade is None, "a trade is not settled"
    _check_no_doubt(world, decision.decision_id)


def _check_no_doubt(world: World, decision_id: str) -> None:
    seen = {order.client_order_id for _, order in own(world, "entry")}
    unknown = [order.client_order_id for _, order in own(world, "entry") if order.status == "UNKNOWN"]
    unknown += [i.client_order_id for i in world.account.intents if i.client_order_id not in seen]
    assert not unknown, f"an entry while the fate of {unknown} is unknown"
    others = [
        o.client_order_id for one, o in own(world, *PROTECTIVE) if one.decision_id != decision_id and _may_rest(o)
    ]
    assert not others, f"an entry while {others} of another trade may rest"


def _may_rest(order: object) -> bool:
    return getattr(order, "status", None) in (*LIVE, "UNKNOWN")


def check_never_overfilled(world: World, actions: Sequence[Action]) -> None:
    """Filled (or the position) and open and new never exceed the quantity that was intended first."""
    for entry in entries_of(actions):
        mine = [order for one, order in own(world, "entry") if one.decision_id == entry.decision_id]
        filled = sum((order.filled_qty for order in mine), ZERO)
        could_fill = sum((o.remaining_qty for _, o in own(world, "entry") if _may_rest(o)), ZERO)
        trade = world.account.trade
        entered = ZERO if trade is None or trade.decision_id != entry.decision_id else trade.entered
        have = max(filled, abs(world.account.position.qty), entered)
        assert entry.quantity is not None, "an entry without a quantity"
        assert entry.intended_qty is not None, "an entry without its whole quantity"
        total = have + could_fill + entry.quantity
        assert total <= entry.intended_qty, f"{have} filled, {could_fill} open, {entry.quantity} new"
        assert entry.intended_qty <= _fixed_before(world, entry), "the intended quantity has grown"


def _fixed_before(world: World, entry: PlaceOrder) -> Decimal:
    """Return the whole quantity that an earlier pass fixed, else what the decision's size buys at the passive price."""
    fixed = [i.quantity for i in world.account.intents if i.decision_id == entry.decision_id]
    fixed += [order.quantity for one, order in own(world, "entry") if one.decision_id == entry.decision_id]
    if fixed:
        return max(fixed)
    proposal = world.decision.proposal if isinstance(world.decision, Decision) else None
    assert proposal is not None, "an entry without a proposal"
    return proposal.position_size_usdt / (proposal.zone_middle - world.account.instrument.tick_size)
