"""Fills and funding payments: whose they are, where a first start begins, what they cost, and that none is missed."""

from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from capi.adapters.binance import executions
from capi.ports.exchange import Fill, Funding
from tests.binance import replies
from tests.binance.orders import entry
from tests.binance.stand import Stand, refusal

D = Decimal
NOW: Final = replies.NOW_MS
FILLS: Final = "GET /fapi/v1/userTrades"
ORDER: Final = "GET /fapi/v1/order"
POSITION: Final = "GET /fapi/v3/positionRisk"
INCOME: Final = "GET /fapi/v1/income"
CANDLES: Final = "GET /fapi/v1/klines"
HOUR: Final = 3_600_000
DOWN: Final = httpx.Response(502, text="bad gateway")


def trade(trade_id: int, order_id: int = 1, side: str = "BUY", qty: str = "0.010", **changes: Any) -> dict[str, Any]:
    """Return one row of userTrades."""
    return replies.TRADE | {"id": trade_id, "orderId": order_id, "side": side, "qty": qty} | changes


class Trades:
    """The account's trades, served as the exchange serves them."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    def __call__(self, query: dict[str, str]) -> list[dict[str, Any]]:
        limit = int(query["limit"])
        if "fromId" not in query:
            return self.rows[-limit:]
        return [row for row in self.rows if row["id"] >= int(query["fromId"])][:limit]


def owners(**ids: str) -> Any:
    """Answer queries by number: n1="capi_entry_x" is order 1."""

    def reply(query: dict[str, str]) -> Any:
        name = ids.get(f"n{query.get('orderId')}")
        if name is None:
            return refusal(-2013)
        return replies.ORDER | {"orderId": int(query["orderId"]), "clientOrderId": name}

    return reply


def position(qty: str) -> list[dict[str, Any]]:
    """Return an answer of positionRisk."""
    return [replies.POSITION | {"positionAmt": qty}]


def test_a_fill_is_told_with_its_orders_id(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(698759)), ORDER: owners(n1="capi_entry_x")}
    look = stand.look(fills_after=698758)
    assert look.fills == (
        Fill(
            trade_id=698759,
            client_order_id="capi_entry_x",
            side="BUY",
            price=D("75998.9"),
            qty=D("0.01"),
            fee_usdt=D("0.3799945"),
            maker=False,
            at_ms=NOW + 1456,
        ),
    )
    assert stand.of(FILLS)[0].params["fromId"] == "698759"


def test_an_order_that_was_seen_is_not_asked_for(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(5)), "GET /fapi/v1/openOrders": [replies.ORDER | {"orderId": 1}]}
    assert stand.look(fills_after=4).fills[0].client_order_id == "capi_entry_x"
    assert stand.of(ORDER) == []


def test_an_order_that_was_taken_is_not_asked_for(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(5)), "POST /fapi/v1/order": replies.ORDER | {"orderId": 1}}
    stand.accepted(entry())
    assert stand.look(fills_after=4).fills[0].client_order_id == "capi_entry_x"
    assert stand.of(ORDER) == []


def test_the_order_that_a_stop_became_bears_the_stops_id(stand: Stand) -> None:
    fired = replies.ALGO | {"algoStatus": "FINISHED", "actualOrderId": "1", "triggerTime": NOW}
    stand.replies |= {FILLS: Trades(trade(5, side="SELL")), "GET /fapi/v1/algoOrder": fired}
    look = stand.look(("algo", "capi_sl_x"), fills_after=4)
    assert look.fills[0].client_order_id == "capi_sl_x"


@pytest.mark.parametrize("name", ["autoclose-1751", "adl_autoclose", "settlement_autoclose-9"])
def test_a_liquidation_is_recognised(stand: Stand, name: str) -> None:
    stand.replies |= {FILLS: Trades(trade(5)), ORDER: owners(n1=name)}
    assert stand.look(fills_after=4).fills[0].liquidation


def test_pages_are_read_to_the_end(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(*(trade(number) for number in range(1, 2501))), ORDER: owners(n1="capi_entry_x")}
    look = stand.look(fills_after=200)
    assert [fill.trade_id for fill in look.fills] == list(range(201, 2501))
    assert [sent.params["fromId"] for sent in stand.of(FILLS)] == ["201", "1201", "2201"]


def test_more_pages_than_one_look_reads_are_a_gap_and_the_next_look_goes_on(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "PAGES_MAX", 1)
    stand.replies |= {FILLS: Trades(*(trade(number) for number in range(1, 1500))), ORDER: owners(n1="capi_entry_x")}
    look = stand.look(fills_after=1)
    assert (look.fills[-1].trade_id, look.complete) == (1001, False)
    look = stand.look(fills_after=1001)
    assert (look.fills[-1].trade_id, look.complete) == (1499, True)


def test_many_orders_behind_the_fills_are_asked_for_over_several_looks(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else trades a lot in the symbol: a look that asks for each order would hold the stops up."""
    monkeypatch.setattr(executions, "OWNERS_MAX", 3)
    stand.look(fills_after=1)
    stand.replies |= {
        FILLS: Trades(*(trade(number, order_id=number // 2) for number in range(2, 12))),
        ORDER: owners(n1="web_1", n2="web_2", n3="web_3", n4="web_4", n5="web_5"),
    }
    stand.now_ms += 6000
    first = stand.look(fills_after=1)
    assert [fill.trade_id for fill in first.fills] == [2, 3, 4, 5, 6, 7]
    assert not first.complete
    second = stand.look(fills_after=7)
    assert [fill.trade_id for fill in second.fills] == [8, 9, 10, 11]
    assert second.complete


def test_an_id_from_before_what_the_exchange_keeps_is_no_dead_end(stand: Stand) -> None:
    trades = Trades(trade(4), trade(9))
    stand.replies |= {
        FILLS: lambda query: refusal(-4166) if "fromId" in query else trades(query),
        ORDER: owners(n1="capi_entry_x"),
    }
    look = stand.look(fills_after=7)
    assert ([fill.trade_id for fill in look.fills], look.complete) == ([9], True)


def test_a_fill_whose_order_cannot_be_read_waits_and_the_ones_before_it_do_not(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(5), trade(6, order_id=2)), ORDER: owners(n1="capi_entry_x")}
    look = stand.look(fills_after=4)
    assert [fill.trade_id for fill in look.fills] == [5]
    assert "fill 6" in look.gaps[0]
    stand.replies[ORDER] = owners(n1="capi_entry_x", n2="capi_exit_x")
    look = stand.look(fills_after=5)  # at once: it does not wait for its age
    assert [fill.client_order_id for fill in look.fills] == ["capi_exit_x"]
    assert look.complete


def test_a_fill_of_an_order_that_never_comes_to_be_is_nobodys(stand: Stand) -> None:
    stand.replies[FILLS] = Trades(trade(5, time=NOW - 61_000))
    assert stand.look(fills_after=4).fills[0].client_order_id == "unknown:1"


def test_fills_of_a_look_that_was_lost_are_told_again(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(5)), ORDER: owners(n1="capi_entry_x")}
    stand.look(fills_after=4)
    stand.now_ms += 4000
    assert [fill.trade_id for fill in stand.look(fills_after=4).fills] == [5]
    assert stand.look(fills_after=5).fills == ()


# a first start


def test_a_flat_first_start_tells_nothing_of_the_past_but_all_that_comes(stand: Stand) -> None:
    trades = Trades(*(trade(number) for number in range(1, 1500)))
    stand.replies |= {FILLS: trades, ORDER: owners(n1="capi_entry_x")}
    assert stand.look().fills == ()
    assert "fromId" not in stand.of(FILLS)[0].params
    trades.rows.append(trade(1500))
    stand.now_ms += 5000
    assert [fill.trade_id for fill in stand.look().fills] == [1500]


def test_a_first_start_on_an_account_without_trades_tells_its_first_one(stand: Stand) -> None:
    trades = Trades()
    stand.replies |= {FILLS: trades, ORDER: owners(n1="capi_entry_x")}
    assert stand.look().fills == ()
    trades.rows.append(trade(900_001))
    stand.now_ms += 5000
    assert [fill.trade_id for fill in stand.look().fills] == [900_001]


def test_a_first_start_in_a_position_begins_with_the_fills_that_made_it(stand: Stand) -> None:
    before = [trade(1), trade(2, side="SELL")]
    made = [trade(3, qty="0.020"), trade(4, side="SELL", qty="0.005"), trade(5, qty="0.001")]
    stand.replies |= {FILLS: Trades(*before, *made), ORDER: owners(n1="capi_entry_x"), POSITION: position("0.016")}
    assert [fill.trade_id for fill in stand.look().fills] == [3, 4, 5]


def test_a_position_older_than_what_is_listed_is_explained_by_nothing(stand: Stand) -> None:
    stand.replies |= {FILLS: Trades(trade(1)), ORDER: owners(n1="capi_entry_x"), POSITION: position("0.5")}
    look = stand.look()
    assert (look.fills, look.position.qty, look.complete) == ((), D("0.5"), True)


def test_a_first_start_that_asks_about_an_order_begins_with_its_first_fill(stand: Stand) -> None:
    """An entry filled and its stop too while the engine was down, before any fill was ever recorded."""
    filled = replies.ORDER | {"orderId": 2, "status": "FILLED"}
    names = owners(n1="web_1", n3="capi_sl_x")
    stand.replies |= {
        FILLS: Trades(trade(1), trade(2, order_id=2), trade(3, order_id=3, side="SELL")),
        ORDER: lambda query: filled if "origClientOrderId" in query else names(query),
    }
    assert [fill.trade_id for fill in stand.look(("plain", "capi_entry_x")).fills] == [2, 3]


def test_an_order_asked_about_while_the_fills_could_not_be_read_is_not_forgotten(stand: Stand) -> None:
    """It is settled by then, and the position is gone again or not visible yet: only the question tells."""
    filled = replies.ORDER | {"orderId": 2, "status": "FILLED"}
    stand.replies |= {FILLS: DOWN, ORDER: filled}
    assert not stand.exchange.look(asked=[("plain", "capi_entry_x")], fills_after=0, fundings_after=0).unwrap().complete
    stand.replies |= {FILLS: Trades(trade(1), trade(2, order_id=2)), ORDER: owners(n1="web_1")}
    assert [fill.trade_id for fill in stand.look().fills] == [2]


def test_an_order_asked_about_that_could_not_be_read_is_waited_for(stand: Stand) -> None:
    """Whose fills they are is not known before: what lies behind the beginning would never be told."""
    stand.replies |= {FILLS: Trades(trade(1), trade(2, order_id=2), trade(3, order_id=3, side="SELL")), ORDER: DOWN}
    look = stand.look(("plain", "capi_entry_x"))
    assert (look.fills, look.complete) == ((), False)
    filled = replies.ORDER | {"orderId": 2, "status": "FILLED"}
    names = owners(n3="capi_sl_x")
    stand.replies[ORDER] = lambda query: filled if "origClientOrderId" in query else names(query)
    assert [fill.trade_id for fill in stand.look(("plain", "capi_entry_x")).fills] == [2, 3]


def test_a_first_start_without_the_list_of_plain_orders_waits_for_it(stand: Stand) -> None:
    partly = replies.ORDER | {"orderId": 2, "status": "PARTIALLY_FILLED", "executedQty": "0.004"}
    stand.replies |= {FILLS: Trades(trade(1), trade(2, order_id=2)), "GET /fapi/v1/openOrders": DOWN}
    assert stand.look().fills == ()
    stand.replies["GET /fapi/v1/openOrders"] = [partly]
    assert [fill.trade_id for fill in stand.look().fills] == [2]


def test_a_first_start_beside_an_entry_that_is_partly_filled_begins_with_its_fills(stand: Stand) -> None:
    partly = replies.ORDER | {"orderId": 2, "status": "PARTIALLY_FILLED", "executedQty": "0.004"}
    stand.replies |= {FILLS: Trades(trade(1), trade(2, order_id=2)), "GET /fapi/v1/openOrders": [partly]}
    assert [fill.trade_id for fill in stand.look().fills] == [2]


def test_a_first_start_waits_for_fills_that_cannot_be_read(stand: Stand) -> None:
    stand.replies |= {FILLS: DOWN, POSITION: position("0.010")}
    assert not stand.look().complete
    stand.replies |= {FILLS: Trades(trade(1), trade(2)), ORDER: owners(n1="capi_entry_x")}
    assert [fill.trade_id for fill in stand.look().fills] == [2]


# fees


def test_a_fee_in_bnb_is_worth_what_bnb_cost_in_that_minute(stand: Stand) -> None:
    in_bnb: dict[str, Any] = {"commission": "0.00061290", "commissionAsset": "BNB"}
    stand.replies |= {FILLS: Trades(trade(5, **in_bnb), trade(6, **in_bnb)), ORDER: owners(n1="capi_entry_x")}
    minute = (NOW + 1456) // 60_000 * 60_000

    def klines(query: dict[str, str]) -> Any:
        if query["symbol"] == "BNBUSDT":
            return [replies.candle(int(query["startTime"]), low="620.00", close="620.10")]
        return replies.candles(NOW)

    stand.replies[CANDLES] = klines
    assert [fill.fee_usdt for fill in stand.look(fills_after=4).fills] == [D("0.38005929")] * 2
    asked = [sent.params for sent in stand.of(CANDLES) if sent.params["symbol"] == "BNBUSDT"]
    assert asked == [{"symbol": "BNBUSDT", "interval": "1m", "startTime": str(minute), "limit": "1"}]


@pytest.mark.parametrize("reply", [DOWN, [], [[1]], [replies.candle(0)]])
def test_a_fee_whose_worth_is_not_known_is_unknown_and_never_zero(stand: Stand, reply: Any) -> None:
    in_bnb: dict[str, Any] = {"commission": "0.0006", "commissionAsset": "BNB"}
    stand.replies |= {FILLS: Trades(trade(5, **in_bnb)), ORDER: owners(n1="capi_entry_x"), CANDLES: reply}
    look = stand.look(fills_after=4)
    assert [fill.fee_usdt for fill in look.fills] == [None]
    assert look.complete


def test_no_fee_is_zero_in_whatever_it_was_not_paid(stand: Stand) -> None:
    free: dict[str, Any] = {"commission": "0", "commissionAsset": "BNB"}
    stand.replies |= {FILLS: Trades(trade(5, **free)), ORDER: owners(n1="capi_entry_x")}
    assert stand.look(fills_after=4).fills[0].fee_usdt == D(0)


# funding


def on_the_hour(stand: Stand) -> int:
    """Move the time to a full hour and return it."""
    stand.now_ms = (NOW // HOUR + 1) * HOUR
    return stand.now_ms


def test_while_flat_funding_is_never_asked_for(stand: Stand) -> None:
    stand.look()
    for _ in range(5):
        stand.now_ms += HOUR
        stand.look()
    assert stand.of(INCOME) == []


def test_a_position_across_the_hour_has_it_asked_for_soon_and_once_more(stand: Stand) -> None:
    stand.replies[POSITION] = position("-0.010")
    stand.look()
    hour = on_the_hour(stand)
    for after_ms, asked in ((-5000, 0), (5000, 0), (19_999, 0), (20_000, 1), (60_000, 1), (120_000, 2), (180_000, 2)):
        stand.now_ms = hour + after_ms
        stand.look()
        assert len(stand.of(INCOME)) == asked
    assert stand.of(INCOME)[0].params["incomeType"] == "FUNDING_FEE"


def test_a_payment_is_told_once_and_its_parts_are_one(stand: Stand) -> None:
    stand.replies[POSITION] = position("-0.010")
    stand.look()
    hour = on_the_hour(stand)
    stand.look()
    rows: list[dict[str, Any]] = [replies.FUNDING | {"time": hour, "income": income} for income in ("-0.05", "-0.02")]
    bnb = replies.FUNDING | {"time": hour, "asset": "BNB"}

    def booked(query: dict[str, str]) -> Any:
        return [row for row in [*rows, bnb] if row["time"] >= int(query["startTime"])]

    stand.replies[INCOME] = booked
    stand.now_ms = hour + 20_000
    paid = Funding(funding_id=hour, amount_usdt=D("-0.07"), at_ms=hour)
    assert stand.look().fundings == (paid,)
    stand.now_ms += 30_000
    assert stand.look().fundings == (paid,)  # the ledger did not take it: told again
    assert stand.look(fundings_after=hour).fundings == ()
    assert int(stand.of(INCOME)[-1].params["startTime"]) <= hour


def test_what_was_paid_while_the_engine_was_down_is_asked_for_from_the_last_one_known(stand: Stand) -> None:
    known = NOW - 9 * HOUR
    stand.look(fills_after=7, fundings_after=known)
    assert [sent.params["startTime"] for sent in stand.of(INCOME)] == [str(known + 1)]


def test_no_more_than_the_exchange_keeps_is_asked_for(stand: Stand) -> None:
    stand.look(fills_after=7, fundings_after=NOW - 200 * 24 * HOUR)
    assert [sent.params["startTime"] for sent in stand.of(INCOME)] == [str(NOW - 85 * 24 * HOUR + 1)]


def test_a_position_taken_over_at_a_first_start_brings_its_funding(stand: Stand) -> None:
    stand.replies |= {
        POSITION: position("0.010"),
        FILLS: Trades(trade(1, time=NOW - 10 * HOUR)),
        ORDER: owners(n1="web_1"),
    }
    stand.look()
    assert [sent.params["startTime"] for sent in stand.of(INCOME)] == [str(NOW - 10 * HOUR)]


def test_a_ledger_that_knows_fills_but_no_funding_asks_for_the_last_days(stand: Stand) -> None:
    stand.look(fills_after=7)
    assert int(stand.of(INCOME)[0].params["startTime"]) == NOW - 7 * 24 * HOUR + 1


def test_funding_that_cannot_be_read_is_a_gap_and_asked_for_again_in_a_while(stand: Stand) -> None:
    stand.replies[INCOME] = DOWN
    assert "funding" in stand.look(fills_after=7).gaps[0]
    stand.now_ms += 29_000
    stand.look(fills_after=7)
    assert len(stand.of(INCOME)) == 1
    stand.now_ms += 1000
    stand.replies[INCOME] = []
    assert stand.look(fills_after=7).complete
    assert len(stand.of(INCOME)) == 2
