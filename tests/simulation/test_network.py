"""The way to the exchange: what becomes of requests and looks on bad days, and what the books say meanwhile."""

from decimal import Decimal
from typing import Any, Final

import pytest
from returns.pipeline import is_successful

from capi.cli.simulation import trouble
from capi.cli.simulation.trouble import LookTrouble
from capi.core.actions import PlaceOrder
from capi.core.errors import ClockSkewed, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.orders import OrderKey
from tests.simulation.stage import TRIP_MS, Stage, cancel, entry, stop
from tests.worlds import NOW

D = Decimal
ENTRY: Final[OrderKey] = ("plain", "capi_entry_x")
STOP: Final[OrderKey] = ("algo", "capi_sl_x")


def held() -> Stage:
    """A stage on which a position stands with its stop."""
    stage = Stage()
    assert is_successful(stage.exchange.act(entry()))
    stage.world.pass_time(100)
    assert is_successful(stage.exchange.act(stop()))
    return stage


def test_a_request_takes_its_time_and_its_answer_has_the_engines() -> None:
    stage = Stage()
    answer = stage.exchange.act(entry()).unwrap()
    assert answer.at_ms == stage.world.now_ms == NOW + 2 * TRIP_MS
    assert answer.order is not None
    assert answer.order.sent_at_ms is None  # as the exchange tells it


def test_a_request_that_is_lost_is_not_carried_out() -> None:
    stage = Stage()
    stage.troubles.request(trouble.lost_before(2000))
    assert isinstance(stage.exchange.act(entry()).failure(), OutcomeUnknown)
    assert stage.world.now_ms == NOW + 2000
    assert stage.books.account.qty == 0


def test_a_request_whose_answer_is_lost_is_carried_out() -> None:
    stage = Stage()
    stage.troubles.request(trouble.lost_after(2000))
    assert isinstance(stage.exchange.act(entry()).failure(), OutcomeUnknown)
    assert stage.books.account.qty == D("0.010")


@pytest.mark.parametrize(("late_ms", "qty"), [(1900, "0.010"), (2100, "0")])
def test_a_late_request_is_judged_by_its_timestamp(late_ms: int, qty: str) -> None:
    stage = Stage()
    stage.troubles.request(trouble.late(late_ms, takes_ms=50))
    assert isinstance(stage.exchange.act(entry()).failure(), OutcomeUnknown)
    assert stage.books.account.qty == 0
    stage.world.pass_time(5000)
    assert stage.books.account.qty == D(qty)


def test_only_the_request_that_is_meant_goes_wrong() -> None:
    stage = held()
    stage.troubles.request(trouble.refused(-2021), role="sl", nth=2)
    by_quantity: dict[str, Any] = {"close_position": False, "reduce_only": True, "quantity": D("0.010")}
    assert is_successful(stage.exchange.act(stop("capi_sl_x_2", **by_quantity)))
    assert stage.exchange.act(stop("capi_sl_x_3", **by_quantity)).failure() == Rejected(-2021, "Refused on a bad day.")
    assert is_successful(stage.exchange.act(stop("capi_sl_x_4", **by_quantity)))


def test_while_the_exchange_wants_silence_nothing_reaches_it() -> None:
    stage = Stage()
    stage.troubles.request(trouble.banned(stage.clock.now_ms(), 5000))
    assert isinstance(stage.exchange.act(entry()).failure(), Throttled)
    assert stage.exchange.silent_until_ms() == NOW + 5000 + TRIP_MS
    assert isinstance(stage.exchange.act(entry()).failure(), Throttled)
    assert isinstance(stage.exchange.look(asked=(), fills_after=0, fundings_after=0).failure(), Throttled)
    stage.world.pass_time(6000)
    assert stage.exchange.silent_until_ms() is None
    assert is_successful(stage.exchange.act(entry()))


def test_a_stop_that_is_forgotten_is_denied_everywhere_and_rests() -> None:
    stage = held()
    stage.exchange.hide(STOP, stage.world.now_ms + 5000)
    look = stage.look(STOP)
    assert look.not_found == (STOP,)
    assert stage.exchange.act(cancel(STOP)).failure() == Rejected(-2011, "Unknown order sent.")
    assert isinstance(stage.exchange.act(stop("capi_sl_x_2")).failure(), Rejected)  # -4130: one rests
    assert [order.client_order_id for order in stage.books.open_orders()] == ["capi_sl_x"]
    stage.world.pass_time(5000)
    assert stage.open_ids(stage.look()) == {"capi_sl_x"}


def test_parts_of_a_look_lag_each_on_their_own() -> None:
    stage = Stage()
    stage.world.pass_time(3000)
    assert is_successful(stage.exchange.act(entry()))
    stage.world.pass_time(100)
    stage.troubles.look(LookTrouble(kinds=("position_lag",), position_lag_ms=1500))
    stage.troubles.look(LookTrouble(kinds=("fills_lag",), fills_lag_ms=1500))
    lagging, other = stage.look(ENTRY), stage.look(ENTRY)
    assert (lagging.position.qty, len(lagging.fills)) == (D(0), 1)
    assert (other.position.qty, len(other.fills)) == (D("0.010"), 0)
    stage.troubles.look(LookTrouble(kinds=("plain_lag",), plain_lag_ms=1900))
    assert stage.look(ENTRY).not_found == (ENTRY,)  # it was sent less than that ago
    assert [order.status for order in stage.look(ENTRY).orders] == ["FILLED"]
    assert all(look.complete for look in (lagging, other))  # nobody says that it lags


def test_what_could_not_be_read_is_a_gap_with_its_name() -> None:
    stage = held()
    stage.troubles.look(LookTrouble(kinds=("algo_missing",), missing=frozenset({"algo"})))
    look = stage.look()
    assert look.gaps == ("the algo could not be read: HTTP 502",)
    assert stage.open_ids(look) == set()
    stage.troubles.look(LookTrouble(kinds=("slow_look",), takes_ms=3500))
    [gap] = stage.look().gaps
    assert gap.startswith("the look took 353")
    stage.troubles.look(LookTrouble(kinds=("look_fails",), failure=Unavailable("HTTP 502"), takes_ms=300))
    assert isinstance(stage.exchange.look(asked=(), fills_after=0, fundings_after=0).failure(), Unavailable)


def test_the_market_goes_on_while_a_look_is_read() -> None:
    stage = Stage((255, "89000.0"))
    stage.exchange.act(entry())
    stage.world.pass_time(200)
    stage.exchange.act(stop())
    began_ms = stage.world.now_ms
    seen = stage.look()
    assert began_ms < NOW + 255 < stage.world.now_ms
    assert seen.market.bid == D("90850.0")
    assert (stage.open_ids(seen), seen.position.qty) == ({"capi_sl_x"}, D(0))  # the stop fired behind the orders


@pytest.mark.parametrize(("slip_ms", "refused"), [(-1900, False), (-2100, True), (900, False), (1100, True)])
def test_a_clock_that_is_too_wrong_is_refused_and_measured_again(slip_ms: int, refused: bool) -> None:
    stage = Stage()
    stage.clock.slip(slip_ms)
    answer = stage.exchange.act(entry())
    assert isinstance(answer.failure(), ClockSkewed) if refused else is_successful(answer)
    assert stage.clock.error_ms == slip_ms
    stage.look()  # as the adapter does, a look measures first when it must
    assert stage.clock.error_ms == (0 if refused else slip_ms)


def limit() -> PlaceOrder:
    """A buy below the market, which rests."""
    return entry(type="LIMIT", price=D("90000.0"), time_in_force="GTC")


def test_the_answer_to_an_order_that_arrives_twice_is_the_refusal_of_the_second() -> None:
    stage = held()
    stage.troubles.request(trouble.twice(200), role="entry")
    assert stage.exchange.act(limit()).failure() == Rejected(
        -4116, "An open plain order has the client id capi_entry_x already."
    )
    assert [order.status for order in stage.look(ENTRY).orders if order.key == ENTRY] == ["NEW"]


@pytest.mark.parametrize(("guarded", "code"), [(False, -4116), (True, -4130)])
def test_a_stop_that_arrives_twice_is_a_duplicate_or_one_too_many(guarded: bool, code: int) -> None:
    stage = Stage()
    assert is_successful(stage.exchange.act(entry()))
    stage.world.pass_time(100)
    stage.troubles.request(trouble.twice(0, guarded=guarded), role="sl")
    answer = stage.exchange.act(stop()).failure()
    assert isinstance(answer, Rejected)
    assert answer.code == code
    assert [order.client_order_id for order in stage.books.open_orders()] == ["capi_sl_x"]


def test_a_cancel_that_arrives_twice_finds_nothing_the_second_time() -> None:
    stage = held()
    stage.troubles.request(trouble.twice(20))
    answer = stage.exchange.act(cancel(STOP)).failure()
    assert isinstance(answer, Rejected)
    assert answer.code == -2011
    assert list(stage.books.open_orders()) == []


def test_what_has_filled_before_its_copy_comes_is_not_bought_twice() -> None:
    stage = Stage((120, "89999.0"))
    stage.troubles.request(trouble.twice(500))
    assert is_successful(stage.exchange.act(limit()))
    assert stage.books.account.qty == D("0.010")


def test_while_conditional_orders_are_down_nothing_is_known_or_done_of_them_and_they_fire() -> None:
    stage = held()
    stage.exchange.take_conditional_down(stage.world.now_ms + 5000)
    look = stage.look(STOP)
    assert (look.gaps, look.not_found, look.orders) == (("the algo could not be read: HTTP 502",), (), ())
    assert look.position.qty == D("0.010")
    assert isinstance(stage.exchange.act(cancel(STOP)).failure(), Unavailable)
    by_quantity: dict[str, Any] = {"close_position": False, "reduce_only": True, "quantity": D("0.010")}
    assert isinstance(stage.exchange.act(stop("capi_sl_x_2", **by_quantity)).failure(), Unavailable)
    assert is_successful(stage.exchange.act(entry("capi_entry_y")))
    stage.world.pass_time(5000)
    assert stage.open_ids(stage.look()) == {"capi_sl_x"}
    assert is_successful(stage.exchange.act(cancel(STOP)))


def test_a_request_that_comes_late_to_a_service_that_is_down_is_not_carried_out() -> None:
    stage = held()
    stage.troubles.request(trouble.late(1000, takes_ms=50))
    assert isinstance(stage.exchange.act(cancel(STOP)).failure(), OutcomeUnknown)
    stage.exchange.take_conditional_down(stage.world.now_ms + 5000)
    stage.world.pass_time(6000)
    assert [order.client_order_id for order in stage.books.open_orders()] == ["capi_sl_x"]
