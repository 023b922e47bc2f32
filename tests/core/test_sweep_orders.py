"""What nothing accounts for is taken down, and only when it is safe: leftovers, wrong sides, foreign orders."""

from decimal import Decimal
from typing import Any

import pytest

from capi.core.account import Position
from capi.core.actions import CancelOrder
from capi.core.plan import horizon
from tests.core.planning import alerted, cancelled, of, planned, planned_held
from tests.worlds import CONFIG, FLAT, ID, LONG, NOW, config, held, intent, order

D = Decimal
SL = f"capi_sl_{ID}"


def flat(ago_ms: int | None) -> Position:
    """No position since then; None: for long."""
    return Position(qty=D(0), since_ms=None if ago_ms is None else NOW - ago_ms)


def foreign(**changes: Any) -> Any:
    """A foreign limit order."""
    return order("web_1", **({"side": "BUY", "price": D(90000)} | changes))


STOP: dict[str, Any] = {"kind": "algo", "side": "SELL", "type": "STOP_MARKET", "trigger_price": D(89500)}


@pytest.mark.parametrize(("ago_ms", "swept"), [(1_999, False), (2_000, True), (None, True)])
def test_leftovers_go_once_flat_is_confirmed(ago_ms: int | None, swept: bool) -> None:
    left = [order(SL), order(f"capi_tp1_{ID}"), order(f"capi_exit_{ID}"), order(SL, kind="plain"), order("capi_sl_x")]
    actions = planned(*left, position=flat(ago_ms))
    cancels = [(action.kind, action.client_order_id) for action in of(CancelOrder, actions)]
    assert set(cancels) == ({one.key for one in left} if swept else set())
    roles = [client_order_id.split("_")[1] for _, client_order_id in cancels]
    assert roles == sorted(roles, key=lambda role: role == "sl")  # stops last


def test_what_has_ended_or_is_unknown_is_not_cancelled() -> None:
    ended = [order(f"{SL}_{n}", status=status) for n, status in enumerate(("CANCELED", "UNKNOWN", "TRIGGERED"), 2)]
    assert cancelled(planned(*ended)) == set()


def test_nothing_is_swept_on_an_incomplete_view() -> None:
    assert cancelled(planned(order(SL), complete=False)) == set()
    wrong = order("capi_sl_x", side="BUY", trigger_price=D(92000))
    assert cancelled(planned_held(wrong, complete=False)) == set()
    assert cancelled(planned_held(foreign(**STOP), complete=False)) == set()


def test_nothing_is_swept_while_a_fill_is_pending() -> None:
    filled = order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"), updated_at_ms=NOW - 100)
    actions = planned(filled, order("capi_sl_x", side="BUY"), order(SL), base=LONG, intents=(intent(),))
    assert cancelled(actions) == set()


def test_beside_a_position_only_what_cannot_be_its_own_goes() -> None:
    wrong = order("capi_sl_x", side="BUY", trigger_price=D(92000))
    strange_exit = order("capi_exit_x", type="LIMIT")
    assert cancelled(planned_held(wrong, strange_exit)) == {"capi_sl_x", "capi_exit_x"}


@pytest.mark.parametrize(("ago_ms", "swept"), [(0, False), (1_999, False), (2_000, True), (None, True)])
def test_beside_a_position_that_has_just_changed_nothing_goes(ago_ms: int | None, swept: bool) -> None:
    """It may be the one before, shown late: then the stop on its wrong side guards the one that stands."""
    wrong = order("capi_sl_x", side="BUY", trigger_price=D(92000))
    since = None if ago_ms is None else NOW - ago_ms
    actions = planned_held(wrong, position=Position(qty=D("0.011"), entry_price=D(90850), since_ms=since))
    assert cancelled(actions) == ({"capi_sl_x"} if swept else set())


def test_the_clock_is_asked_only_where_something_waits_for_it() -> None:
    """A horizon that ends when nothing would be swept costs a replay a pass of each trade."""
    new = Position(qty=D("0.011"), entry_price=D(90850), since_ms=NOW - 500)
    assert horizon(FLAT, *held(position=new), CONFIG).until_ms == FLAT.timestamp_ms + 600_001  # when it is stale
    wrong = order("capi_sl_x", side="BUY", trigger_price=D(92000))
    assert horizon(FLAT, *held(wrong, position=new), CONFIG).until_ms == NOW + 1_500


def test_an_exit_of_the_trade_itself_goes_on() -> None:
    own_exit = order(f"capi_exit_{ID}", type="LIMIT")
    assert cancelled(planned_held(own_exit)) == {f"capi_tp1_{ID}", f"capi_tp2_{ID}"}  # what eats its budget


@pytest.mark.parametrize(
    ("policy", "gone", "codes"),
    [("cancel", {"web_1"}, []), ("alert", set(), ["foreign_order"]), ("ignore", set(), [])],
)
def test_foreign_orders_by_policy(policy: str, gone: set[str], codes: list[str]) -> None:
    actions = planned(foreign(), by=config("risk", foreign_orders=policy))
    assert (cancelled(actions), alerted(actions)) == (gone, codes)


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"status": "CANCELED"}, False),
        ({"status": "PARTIALLY_FILLED"}, True),
        (STOP, True),
        ({**STOP, "type": "TAKE_PROFIT_MARKET"}, True),
    ],
)
def test_foreign_orders_while_flat(changes: dict[str, Any], gone: bool) -> None:
    assert cancelled(planned(foreign(**changes))) == ({"web_1"} if gone else set())


def test_orders_of_the_exchange_itself_are_left_alone() -> None:
    names = ("autoclose-1", "adl_autoclose", "settlement_autoclose-1")
    assert cancelled(planned(*(order(name, side="SELL") for name in names))) == set()


@pytest.mark.parametrize("kind", ["STOP_MARKET", "STOP", "TRAILING_STOP_MARKET"])
def test_a_foreign_stop_goes_only_when_ours_covers(kind: Any) -> None:
    theirs = foreign(**(STOP | {"type": kind, "quantity": D("0.011")}))
    assert cancelled(planned_held(theirs)) == {"web_1"}
    assert cancelled(planned_held(theirs, without=("sl",))) == set()
    part = order(f"{SL}_2", close_position=False, quantity=D("0.005"), trigger_price=D(89800))
    assert cancelled(planned_held(theirs, part, without=("sl",))) == set()


def test_a_foreign_stop_stays_until_flat_is_confirmed() -> None:
    assert cancelled(planned(foreign(**STOP), position=flat(1_999))) == set()
    assert cancelled(planned(foreign(**STOP), position=flat(2_000))) == {"web_1"}


def test_a_foreign_target_goes_at_once() -> None:
    theirs = foreign(**(STOP | {"type": "TAKE_PROFIT_MARKET"}))
    assert cancelled(planned_held(theirs, without=("sl",))) == {"web_1"}
