"""The budget: fed by headers, a reserve for protection, and silence to the second."""

from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from capi.adapters.binance.limits import Budget
from capi.core.errors import Throttled
from tests.binance import replies
from tests.binance.orders import LEVERAGE, cancel, entry, leave, stop
from tests.binance.stand import Stand, refusal

D = Decimal
NOW: Final = replies.NOW_MS
MINUTE_END: Final = (NOW // 60_000 + 1) * 60_000
TEN_SECONDS_END: Final = (NOW // 10_000 + 1) * 10_000


def test_weight_counts_per_minute_and_the_exchanges_count_wins_when_higher() -> None:
    budget = Budget()
    assert budget.take(NOW, 5, 0, "needed") is None
    budget.learn(NOW, {"x-mbx-used-weight-1m": "900"}, counts_weight=True)
    budget.learn(NOW, {"x-mbx-used-weight-1m": "12"}, counts_weight=True)  # an older answer, come late
    assert budget.weight.used == 900
    budget.take(MINUTE_END, 1, 0, "needed")
    assert budget.weight.used == 1
    budget.learn(NOW, {"x-mbx-used-weight-1m": "2300"}, counts_weight=True)  # of the minute before
    assert budget.weight.used == 1


@pytest.mark.parametrize("odd", ["", "-1", "many", "9" * 5000, "1.5", "٣"])
def test_a_header_that_is_no_count_says_nothing(odd: str) -> None:
    budget = Budget()
    budget.take(NOW, 7, 0, "needed")
    budget.learn(NOW, {"x-mbx-used-weight-1m": odd}, counts_weight=True)
    assert budget.weight.used == 7


def test_two_endpoints_whose_weight_header_is_wrong_are_not_believed(stand: Stand) -> None:
    book = httpx.Response(200, json=replies.BOOK, headers={"X-MBX-USED-WEIGHT-1M": "2399"})
    last = httpx.Response(200, json=replies.LAST, headers={"X-MBX-USED-WEIGHT-1M": "2399"})
    stand.replies |= {"GET /fapi/v1/ticker/bookTicker": book, "GET /fapi/v2/ticker/price": last}
    stand.look()
    assert stand.exchange.budget.weight.used < 200


def test_the_hosts_own_limits_are_taken(stand: Stand) -> None:
    limits = [{**replies.RATE_LIMITS[0], "limit": 6000}, *replies.RATE_LIMITS[1:]]
    stand.replies["GET /fapi/v1/exchangeInfo"] = replies.EXCHANGE_INFO | {"rateLimits": limits}
    stand.look()
    budget = stand.exchange.budget
    assert (budget.weight.limit, budget.orders_10s.limit, budget.orders_1m.limit) == (6000, 300, 1200)


@pytest.mark.parametrize(
    ("used", "held"),
    [
        (1600, []),
        (1700, ["entry", "setting"]),  # above 70 %: what adds risk waits, looks go on
        (2200, ["entry", "setting", "look"]),  # above 90 %: what is left is protection's
    ],
)
def test_entries_give_way_first_then_looks_and_protection_never(stand: Stand, used: int, held: list[str]) -> None:
    stand.look()
    stand.replies |= {
        "POST /fapi/v1/order": replies.ORDER,
        "POST /fapi/v1/algoOrder": replies.ALGO,
        "POST /fapi/v1/leverage": {"leverage": 10},
        "DELETE /fapi/v1/order": replies.ORDER,
    }
    stand.headers["X-MBX-USED-WEIGHT-1M"] = str(used)
    stand.look()
    exit_ack = replies.ORDER | {"clientOrderId": "capi_exit_x", "side": "SELL", "reduceOnly": True}
    waiting = []
    for name, result in (
        ("entry", stand.exchange.act(entry())),
        ("setting", stand.exchange.act(LEVERAGE)),
        ("look", stand.exchange.look(asked=(), fills_after=0, fundings_after=0)),
    ):
        if isinstance(result.swap().value_or(None), Throttled):
            waiting.append(name)
    assert waiting == held
    stand.accepted(stop())
    stand.accepted(cancel())
    stand.replies["POST /fapi/v1/order"] = exit_ack
    stand.accepted(leave())


def test_a_wait_for_the_budget_names_its_end(stand: Stand) -> None:
    stand.look()
    stand.headers["X-MBX-USED-WEIGHT-1M"] = "2000"
    stand.look()
    error = stand.refused(entry())
    assert isinstance(error, Throttled)
    assert error.until_ms == MINUTE_END
    assert "2400" in error.message


def test_orders_are_counted_by_ten_seconds_and_by_minute(stand: Stand) -> None:
    stand.look()
    headers = {"X-MBX-ORDER-COUNT-10S": "250", "X-MBX-ORDER-COUNT-1M": "250"}
    stand.replies["POST /fapi/v1/order"] = httpx.Response(200, json=replies.ORDER, headers=headers)
    stand.accepted(entry())
    error = stand.refused(entry())
    assert isinstance(error, Throttled)
    assert error.until_ms == TEN_SECONDS_END
    assert stand.look().complete  # reads are no orders
    stand.now_ms = TEN_SECONDS_END
    stand.accepted(entry())


@pytest.mark.parametrize(("status", "seconds"), [(429, 7), (418, 150)])
def test_after_429_and_418_nothing_is_sent_until_the_second_that_was_named(
    stand: Stand, status: int, seconds: int
) -> None:
    stand.look()
    lists = ("GET /fapi/v1/openOrders", "GET /fapi/v1/openAlgoOrders")
    stand.replies |= dict.fromkeys(lists, refusal(-1003, status, {"Retry-After": str(seconds)}))
    stand.replies["POST /fapi/v1/algoOrder"] = replies.ALGO
    until_ms = stand.now_ms + seconds * 1000
    assert isinstance(stand.blind(), Throttled)
    stand.replies |= {name: [] for name in lists}
    sent = len(stand.sent)
    for at_ms in (stand.now_ms, until_ms - 1):
        stand.now_ms = at_ms
        assert stand.blind() == stand.refused(cancel())
        error = stand.refused(stop())  # a stop too: going on makes a pause a ban
        assert isinstance(error, Throttled)
        assert error.until_ms == until_ms
    assert len(stand.sent) == sent
    stand.now_ms = until_ms
    assert stand.look().complete
    stand.accepted(stop())


def test_a_silence_that_a_wrong_clock_told_of_ends_when_the_clock_is_corrected() -> None:
    budget, hour = Budget(), 3_600_000
    budget.be_silent(NOW + hour, NOW + hour + 7000)
    assert budget.take(NOW + hour + 6999, 1, 0, "protection") is not None
    assert budget.take(NOW, 1, 0, "needed") is None


def test_a_shorter_silence_does_not_shorten_the_one_in_force() -> None:
    budget = Budget()
    budget.be_silent(NOW, NOW + 9000)
    budget.be_silent(NOW + 1000, NOW + 3000)
    refused = budget.take(NOW + 8999, 1, 0, "protection")
    assert refused is not None
    assert refused.until_ms == NOW + 9000


def test_after_a_refusal_of_the_firewall_only_protection_goes_on_for_a_while(stand: Stand) -> None:
    stand.look()
    stand.replies |= {
        "POST /fapi/v1/order": httpx.Response(403, html="<html>"),
        "POST /fapi/v1/algoOrder": replies.ALGO,
    }
    error = stand.refused(entry())
    assert isinstance(error, Throttled)
    assert error.until_ms == stand.now_ms + 5000
    assert stand.blind() == stand.refused(LEVERAGE)
    stand.accepted(stop())
    stand.now_ms += 5000
    assert stand.look().complete


GUARDING: Final = ["GET /fapi/v1/openAlgoOrders", "GET /fapi/v1/openOrders", "GET /fapi/v3/positionRisk"]
RESTING: Final = {"GET /fapi/v1/openOrders": [replies.ORDER | {"clientOrderId": "capi_entry_x"}]}
HELD: Final = {"GET /fapi/v3/positionRisk": [replies.POSITION]}


def crowd(stand: Stand, used: int = 2300) -> None:
    """Let somebody else on the address use the weight up."""
    stand.headers["X-MBX-USED-WEIGHT-1M"] = str(used)
    stand.look()


@pytest.mark.parametrize("something", [RESTING, HELD])
def test_what_guards_is_read_in_the_reserve_every_three_seconds(stand: Stand, something: dict[str, Any]) -> None:
    stand.replies |= something
    stand.look()
    crowd(stand)
    read = {}
    for after_ms in range(0, 9000, 500):
        stand.now_ms = NOW + after_ms
        before = len(stand.sent)
        stand.exchange.look(asked=(), fills_after=0, fundings_after=0)
        if names := stand.names(since=before):
            read[after_ms] = names
    assert read == {3000: GUARDING, 6000: GUARDING}


def test_in_the_reserve_a_fill_is_seen_and_nothing_optional_is_read(stand: Stand) -> None:
    stand.replies |= RESTING
    stand.look()
    crowd(stand)
    stand.replies |= HELD | {"GET /fapi/v1/openOrders": []}
    stand.now_ms += 3000
    before = len(stand.sent)
    seen = stand.look(("plain", "capi_entry_x"))
    assert stand.names(since=before) == GUARDING
    assert (seen.position.qty, seen.complete) == (D("-0.010"), False)
    assert isinstance(stand.refused(entry()), Throttled)


def test_with_nothing_to_guard_the_reserve_is_left_alone(stand: Stand) -> None:
    stand.look()
    crowd(stand)
    stand.now_ms += 3000
    assert isinstance(stand.blind(), Throttled)
    stand.replies["POST /fapi/v1/algoOrder"] = refusal(-4509)
    for something_happened in (stand.exchange.note_event, lambda: stand.refused(stop())):
        something_happened()
        stand.now_ms += 3000
        assert stand.look().position.qty == 0
        stand.now_ms += 3000
        assert isinstance(stand.blind(), Throttled)  # seen flat again
    stand.now_ms += 3000
    assert stand.look(("plain", "capi_entry_x")).position.qty == 0  # an order of unknown fate may have filled


def test_the_last_of_the_weight_is_left_to_protection(stand: Stand) -> None:
    stand.replies |= RESTING
    stand.look()
    crowd(stand, 2400)
    stand.now_ms += 3000
    before = len(stand.sent)
    assert isinstance(stand.blind(), Throttled)
    assert len(stand.sent) == before
    stand.replies["POST /fapi/v1/algoOrder"] = replies.ALGO
    stand.accepted(stop())


def test_a_clock_that_was_found_wrong_is_measured_in_the_reserve_too(stand: Stand) -> None:
    stand.replies |= RESTING
    stand.look()
    crowd(stand)
    stand.clock.mark_due()
    stand.now_ms += 3000
    assert stand.look().orders


def test_an_overloaded_exchange_makes_entries_wait_and_nothing_else(stand: Stand) -> None:
    stand.look()
    stand.replies["POST /fapi/v1/order"] = refusal(-1008, 503)
    stand.replies["POST /fapi/v1/algoOrder"] = replies.ALGO
    error = stand.refused(entry())
    assert isinstance(error, Throttled)
    assert error.until_ms == stand.now_ms + 1000
    stand.accepted(stop())
    assert stand.look().complete
