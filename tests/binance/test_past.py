"""What was on the account: our orders in both worlds and its results, whole or not at all."""

from itertools import pairwise
from typing import Any, Final

import httpx
import pytest

from capi.adapters.binance import spans as module
from capi.adapters.binance.spans import spans_of
from capi.adapters.binance.wallet import MOVED
from capi.core.errors import Unavailable
from capi.ports.past import Booking, Past
from tests.binance import replies
from tests.binance.stand import Stand, refusal
from tests.worlds import D

DAY: Final = 86_400_000
NOW: Final = replies.NOW_MS
TODAY: Final = NOW - NOW % DAY
SINCE: Final = TODAY - 4 * DAY
PLAIN: Final = "GET /fapi/v1/allOrders"
ALGO: Final = "GET /fapi/v1/allAlgoOrders"
INCOME: Final = "GET /fapi/v1/income"


class Rows:
    """A list as the exchange serves it: the rows of a span, at most so many of them, the oldest or the newest."""

    def __init__(self, *rows: dict[str, Any], at: str, newest: bool = False) -> None:
        self.rows, self.at, self.newest = rows, at, newest

    def __call__(self, query: dict[str, str]) -> list[dict[str, Any]]:
        first, last, limit = int(query["startTime"]), int(query["endTime"]), int(query["limit"])
        assert last - first < 7 * DAY
        found = [row for row in self.rows if first <= row[self.at] <= last]
        return found[-limit:] if self.newest else found[:limit]


def plain(client_order_id: str, at_ms: int = NOW, **changes: Any) -> dict[str, Any]:
    """Return a row of allOrders."""
    return replies.ORDER | {"clientOrderId": client_order_id, "time": at_ms} | changes


def algo(client_order_id: str, at_ms: int = NOW, **changes: Any) -> dict[str, Any]:
    """Return a row of allAlgoOrders."""
    return replies.ALGO | {"clientAlgoId": client_order_id, "createTime": at_ms} | changes


def income(amount: str, at_ms: int = NOW, kind: str = "REALIZED_PNL", asset: str = "USDT") -> dict[str, Any]:
    """Return a row of income."""
    return replies.FUNDING | {"income": amount, "time": at_ms, "incomeType": kind, "asset": asset}


@pytest.fixture
def account(stand: Stand) -> Stand:
    """An account without a past."""
    stand.replies |= {PLAIN: [], ALGO: [], INCOME: []}
    return stand


def recalled(stand: Stand) -> Past:
    """Recall, which has to succeed."""
    return stand.exchange.past("capi").recall(SINCE).unwrap()


def why_not(stand: Stand) -> str:
    """Recall, which has to fail."""
    return stand.exchange.past("capi").recall(SINCE).failure().message


def test_each_list_is_asked_for_what_was_before_today_and_for_today(account: Stand) -> None:
    assert recalled(account) == Past(orders=(), results=())
    for name in (PLAIN, ALGO, INCOME):
        spans = [(sent.params["startTime"], sent.params["endTime"]) for sent in account.of(name)]
        assert sorted(spans) == [(str(SINCE), str(TODAY - 1)), (str(TODAY), str(NOW))]
        assert {sent.params["limit"] for sent in account.of(name)} == {"1000"}
    assert {sent.params["symbol"] for name in (PLAIN, ALGO) for sent in account.of(name)} == {"BTCUSDT"}
    assert not [sent for sent in account.of(INCOME) if "symbol" in sent.params]  # limits are the account's


def test_our_orders_of_both_worlds(account: Stand) -> None:
    filled = plain("capi_entry_d1", SINCE, status="FILLED", executedQty="0.010")
    account.replies[PLAIN] = Rows(filled, plain("web_1"), plain("capi_exit_d1"), at="time")
    account.replies[ALGO] = Rows(algo("capi_sl_d1", algoStatus="FINISHED"), algo("capistop"), at="createTime")
    orders = {order.client_order_id: order for order in recalled(account).orders}
    assert sorted(orders) == ["capi_entry_d1", "capi_exit_d1", "capi_sl_d1"]
    assert (orders["capi_entry_d1"].status, orders["capi_entry_d1"].filled_qty) == ("FILLED", D("0.01"))
    assert (orders["capi_sl_d1"].kind, orders["capi_sl_d1"].status) == ("algo", "TRIGGERED")


def test_an_order_of_somebody_else_may_be_of_any_type(account: Stand) -> None:
    account.replies[PLAIN] = [plain("autoclose-1", type="LIQUIDATION")]
    assert recalled(account).orders == ()


def test_results_are_all_incomes_but_money_moved(account: Stand) -> None:
    results = ("REALIZED_PNL", "COMMISSION", "FUNDING_FEE", "INSURANCE_CLEAR", "A_TYPE_OF_TOMORROW")
    rows = [income("-1.5", kind=kind) for kind in (*results, *sorted(MOVED))]
    account.replies[INCOME] = Rows(*rows, at="time")
    assert recalled(account).results == (Booking(at_ms=NOW, amount_usdt=D("-1.5")),) * len(results)


def test_what_is_booked_in_bnb_does_not_move_the_wallet_that_is_measured(account: Stand) -> None:
    account.replies[INCOME] = [income("-0.001", kind="COMMISSION", asset="BNB")]
    assert recalled(account).results == ()


def test_a_result_of_unknown_worth_is_not_passed_over(account: Stand) -> None:
    account.replies[INCOME] = [income("-5", asset="USDC")]
    assert "REALIZED_PNL in USDC, whose worth in USDT is not known" in why_not(account)
    account.replies[INCOME] = [income("-5", kind="TRANSFER", asset="USDC")]
    assert recalled(account).results == ()


@pytest.mark.parametrize("newest", [False, True])
def test_a_full_list_is_asked_for_again_in_halves(
    account: Stand, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr("capi.adapters.binance.calls.PAGE", 4)
    rows = [income(str(number), SINCE + number * DAY // 5) for number in range(1, 20)]
    account.replies[INCOME] = Rows(*rows, at="time", newest=newest)
    assert sorted(it.amount_usdt for it in recalled(account).results) == list(map(D, range(1, 20)))


def test_a_millisecond_that_no_list_tells_whole_is_a_failure(account: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr("capi.adapters.binance.calls.PAGE", 2)
    account.replies[INCOME] = Rows(income("1"), income("2"), at="time")
    assert why_not(account) == "income: 2 rows or more in one millisecond, which no list tells"


@pytest.mark.parametrize("name", [PLAIN, ALGO, INCOME])
@pytest.mark.parametrize(
    "reply",
    [
        refusal(-1000),
        refusal(-2015, 401),
        httpx.Response(502, text="bad gateway"),
        httpx.Response(200, text="<html>"),
        httpx.ReadTimeout("late"),
        {"code": 200},
        [{}],
        [{"clientOrderId": "capi_entry_x", "clientAlgoId": "capi_sl_x", "asset": "USDT", "incomeType": "COMMISSION"}],
    ],
    ids=["refused", "key", "502", "page", "late", "object", "empty", "half"],
)
def test_what_cannot_be_read_is_a_failure(account: Stand, name: str, reply: Any) -> None:
    account.replies[name] = reply
    assert why_not(account)


def test_what_was_read_before_a_failure_is_not_asked_for_again(account: Stand) -> None:
    past = account.exchange.past("capi")
    account.replies[INCOME] = httpx.Response(502, text="bad gateway")
    assert isinstance(past.recall(SINCE).failure(), Unavailable)
    account.replies[INCOME] = [income("-1")]
    account.replies[PLAIN] = Rows(plain("capi_entry_d1"), at="time")
    assert [order.client_order_id for order in past.recall(SINCE).unwrap().orders] == ["capi_entry_d1"]
    assert len([sent for sent in account.of(PLAIN) if sent.params["startTime"] == str(SINCE)]) == 1


@pytest.mark.parametrize("days", range(8))
def test_spans_meet_and_none_is_too_long(days: int) -> None:
    since = TODAY - days * DAY
    spans = spans_of(since, NOW, TODAY)[::-1]
    assert (spans[0][0], spans[-1]) == (since, (TODAY, NOW))
    assert all(last - first < 7 * DAY for first, last in spans)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(spans))
