"""The exchange's clock: measured by the quickest sample, corrected when the exchange says that it is wrong."""

from itertools import count
from typing import Final

import pytest
from returns.result import Failure, Result, Success

from capi.adapters.binance.clock import AGE_MS_MAX, ExchangeClock
from capi.core.errors import ClockSkewed, ExchangeError, Unavailable
from tests.binance.orders import entry
from tests.binance.replies import NOW_MS
from tests.binance.stand import Stand, refusal

MS: Final = 1_000_000


class Local:
    """A local clock that stands still unless it is moved; it began at some time of its own."""

    def __init__(self) -> None:
        self.ns = 12_345 * MS

    def __call__(self) -> int:
        return self.ns


def server(local: Local, round_trips_ms: list[int], ahead_ms: int) -> Result[int, ExchangeError]:
    """Answer after the next round trip, from the middle of it."""
    half = round_trips_ms.pop(0) * MS // 2
    local.ns += half
    time_ms = local.ns // MS + ahead_ms
    local.ns += half
    return Success(time_ms)


def test_before_the_first_sample_it_is_the_systems_clock() -> None:
    clock = ExchangeClock(Local(), wall_ms=NOW_MS)
    assert clock.now_ms() == NOW_MS
    assert clock.is_unknown


def test_the_quickest_sample_counts() -> None:
    local, trips = Local(), [400, 20, 900]
    clock = ExchangeClock(local, wall_ms=0)
    assert clock.measure(lambda: server(local, trips, NOW_MS), 3) == Success(20)
    assert clock.now_ms() == local.ns // MS + NOW_MS


@pytest.mark.parametrize("odd", [0, 12_345, "1", 99_999_999_999_999_999, None])
def test_a_time_that_cannot_be_is_none(stand: Stand, odd: object) -> None:
    before = stand.clock.now_ms()
    stand.replies["GET /fapi/v1/time"] = {"serverTime": odd}
    assert isinstance(stand.exchange.measure_clock().failure(), Unavailable)
    assert stand.clock.now_ms() == before


def test_a_local_clock_that_is_set_changes_nothing() -> None:
    local = Local()
    clock = ExchangeClock(local, wall_ms=5)
    clock.measure(lambda: Success(NOW_MS), 1)
    local.ns += 1500 * MS
    assert clock.now_ms() == NOW_MS + 1500


def test_one_good_sample_is_enough_and_none_is_an_error() -> None:
    answers = count()
    clock = ExchangeClock(Local(), wall_ms=5)
    down: Result[int, ExchangeError] = Failure(Unavailable("down"))
    assert clock.measure(lambda: down, 3) == down
    assert clock.is_unknown
    assert clock.measure(lambda: down if next(answers) else Success(NOW_MS), 3) == Success(0)
    assert clock.now_ms() == NOW_MS


def test_it_is_measured_at_first_then_once_a_minute(stand: Stand) -> None:
    stand.look()
    assert len(stand.of("GET /fapi/v1/time")) == 5
    stand.now_ms += AGE_MS_MAX - 1
    stand.look()
    assert len(stand.of("GET /fapi/v1/time")) == 5
    stand.now_ms += 1
    stand.look()
    assert len(stand.of("GET /fapi/v1/time")) == 8


def test_an_order_out_of_the_window_is_not_sent_again_and_the_clock_is_measured_before_the_next_look(
    stand: Stand,
) -> None:
    stand.look()
    stand.replies["POST /fapi/v1/order"] = refusal(-1021)
    sent = len(stand.sent)
    assert isinstance(stand.refused(entry()), ClockSkewed)
    assert stand.names(sent) == ["POST /fapi/v1/order"]
    stand.look()
    assert [one.name for one in stand.sent[sent + 1 : sent + 6]] == ["GET /fapi/v1/time"] * 5


def test_a_look_out_of_the_window_is_made_again_on_a_corrected_clock(stand: Stand) -> None:
    stand.look()
    ahead_ms = 3_600_000  # the exchange's time jumped, or ours was wrong

    def orders(query: dict[str, str]) -> object:
        return [] if abs(int(query["timestamp"]) - stand.now_ms - ahead_ms) <= 2000 else refusal(-1021)

    stand.replies["GET /fapi/v1/time"] = lambda query: {"serverTime": stand.now_ms + ahead_ms}
    stand.replies["GET /fapi/v1/openOrders"] = orders
    look = stand.look()
    assert look.complete
    assert look.now_ms == stand.now_ms + ahead_ms


def test_a_clock_that_cannot_be_read_is_no_look(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/time"] = {"serverTime": None}
    error = stand.blind()
    assert isinstance(error, Unavailable)
    assert "/fapi/v1/time" in error.message
    assert stand.names() == ["GET /fapi/v1/time"]


def test_a_clock_that_stays_wrong_is_said_so_after_one_correction(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/openOrders"] = refusal(-1021)
    assert isinstance(stand.blind(), ClockSkewed)
    assert len(stand.of("GET /fapi/v1/openOrders")) == 2
