"""A look: what is read when, in which order, and what a part that cannot be read makes of the view."""

from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from capi.core.account import Market, Position
from capi.core.errors import ClockSkewed, NotAuthorised, Rejected, Unavailable
from capi.ports.market import Quote
from tests.binance import replies
from tests.binance.orders import DEAD_MAN, LEVERAGE, entry, stop
from tests.binance.stand import Stand, refusal

D = Decimal
NOW: Final = replies.NOW_MS
EACH_LOOK: Final = ["GET /fapi/v1/openAlgoOrders", "GET /fapi/v1/openOrders"]
PRICES: Final = ["GET /fapi/v1/premiumIndex", "GET /fapi/v1/ticker/bookTicker", "GET /fapi/v2/ticker/price"]
POSITION: Final = "GET /fapi/v3/positionRisk"
FILLS: Final = "GET /fapi/v1/userTrades"
BALANCE: Final = "GET /fapi/v3/account"
SETTINGS: Final = "GET /fapi/v1/symbolConfig"
DOWN: Final = httpx.Response(502, text="bad gateway")


def test_a_whole_look(stand: Stand) -> None:
    stand.replies[POSITION] = [replies.POSITION]
    look = stand.look()
    assert look.complete
    assert (look.now_ms, look.equity, look.wallet, look.available) == (NOW, D("997.5"), D(1000), D(990))
    assert (look.position_mode, look.multi_assets, look.margin_mode, look.leverage) == ("one_way", False, "cross", 10)
    assert look.position == Position(qty=D("-0.01"), entry_price=D(76915), liquidation_price=D("84210.55"))
    market = look.market
    assert (market.bid, market.ask, market.bid_qty, market.ask_qty) == (D("76914.9"), D(76915), D("4.218"), D("6.128"))
    assert (market.mark, market.last) == (D("76916.95122464"), D("76935.1"))
    instrument = look.instrument
    assert (instrument.symbol, instrument.tick_size, instrument.step_size) == ("BTCUSDT", D("0.1"), D("0.001"))
    assert (instrument.maker_fee, instrument.taker_fee, instrument.min_notional) == (D("0.0002"), D("0.0005"), D(50))
    assert (look.orders, look.fills, look.fundings, look.not_found) == ((), (), (), ())


def test_flat_is_an_empty_list_and_also_an_element_of_zero(stand: Stand) -> None:
    assert stand.look().position == Position(qty=D(0))
    stand.replies[POSITION] = [replies.POSITION | {"positionAmt": "0.000", "entryPrice": "0.0"}]
    stand.exchange.note_event()
    assert stand.look().position == Position(qty=D(0))


def test_a_position_is_known_by_its_quantity_even_while_its_prices_are_not(stand: Stand) -> None:
    stand.replies[POSITION] = [replies.POSITION | {"entryPrice": "0.0", "liquidationPrice": "0"}]
    assert stand.look().position == Position(qty=D("-0.01"))


def test_the_position_of_another_symbol_is_not_ours(stand: Stand) -> None:
    stand.replies[POSITION] = [replies.POSITION | {"symbol": "ETHUSDT"}]
    assert stand.look().position == Position(qty=D(0))


def test_an_empty_leg_of_hedge_mode_is_passed_over(stand: Stand) -> None:
    legs = [replies.POSITION | {"positionSide": side, "positionAmt": "0.000"} for side in ("LONG", "SHORT")]
    stand.replies[POSITION] = legs
    assert stand.look().position == Position(qty=D(0))


def test_orders_come_before_fills_and_fills_before_the_position(stand: Stand) -> None:
    stand.look(("plain", "capi_entry_x"))
    names = [sent.name for sent in stand.sent]
    last = {name: len(names) - names[::-1].index(name) for name in set(names)}
    lists = max(last[name] for name in EACH_LOOK)
    assert lists < last["GET /fapi/v1/order"] < last[FILLS] < last[POSITION]


def test_a_second_look_reads_the_open_orders_alone(stand: Stand) -> None:
    stand.look()
    stand.now_ms += 4000  # what a start moves has settled
    stand.look()
    sent = len(stand.sent)
    stand.now_ms += 100
    assert stand.look().complete
    assert stand.names(sent) == EACH_LOOK


AGES: Final[list[tuple[int, list[str]]]] = [
    (1000, PRICES),
    (5000, [*PRICES, POSITION, FILLS]),
    (15_000, [*PRICES, POSITION, FILLS, BALANCE]),
    (60_000, [*PRICES, POSITION, FILLS, BALANCE, SETTINGS, *["GET /fapi/v1/time"] * 3]),
    (
        300_000,
        [
            *PRICES,
            POSITION,
            FILLS,
            BALANCE,
            SETTINGS,
            *["GET /fapi/v1/time"] * 3,
            "GET /fapi/v1/accountConfig",
            "GET /fapi/v1/klines",
        ],
    ),
]


@pytest.mark.parametrize(("after_ms", "names"), AGES)
def test_each_part_has_an_age_of_its_own(stand: Stand, after_ms: int, names: list[str]) -> None:
    stand.look()
    stand.now_ms += 4000
    stand.exchange.note_event()
    stand.look()
    for part in ("GET /fapi/v1/symbolConfig", "GET /fapi/v1/time"):
        assert stand.of(part)
    sent = len(stand.sent)
    stand.now_ms += after_ms if after_ms < 60_000 else after_ms - 4000
    assert stand.look().complete
    assert stand.names(sent) == sorted([*EACH_LOOK, *names])


def test_every_hour_the_filters_are_read_again_and_at_once_when_an_order_breaks_one(stand: Stand) -> None:
    stand.look()
    stand.replies["POST /fapi/v1/order"] = refusal(-1111)
    refused = stand.refused(entry())
    assert isinstance(refused, Rejected)
    assert refused.meaning == "filter"
    tick = {"filterType": "PRICE_FILTER", "minPrice": "1", "maxPrice": "4529764", "tickSize": "0.50"}
    symbol = replies.SYMBOL | {"filters": [tick, *replies.FILTERS[1:]]}
    stand.replies["GET /fapi/v1/exchangeInfo"] = replies.EXCHANGE_INFO | {"symbols": [symbol]}
    assert stand.look().instrument.tick_size == D("0.5")
    stand.now_ms += 3_600_000
    stand.look()
    assert len(stand.of("GET /fapi/v1/exchangeInfo")) == 3


def test_after_a_write_position_fills_and_money_are_read_whatever_their_age(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = replies.ORDER
    stand.look()
    stand.accepted(entry())
    sent = len(stand.sent)
    stand.look()
    assert {POSITION, FILLS, BALANCE} < set(stand.names(sent))


def test_leverage_is_read_back_at_once(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/leverage"] = {"leverage": 10}
    stand.look()
    stand.replies[SETTINGS] = [replies.SYMBOL_CONFIG[0] | {"leverage": 3, "marginType": "ISOLATED"}]
    assert stand.look().leverage == 10
    stand.accepted(LEVERAGE)
    look = stand.look()
    assert (look.leverage, look.margin_mode) == (3, "isolated")


def test_a_dead_man_switch_makes_nothing_due(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/countdownCancelAll"] = {"symbol": "BTCUSDT", "countdownTime": "60000"}
    stand.look()
    stand.now_ms += 4000
    stand.look()
    stand.accepted(DEAD_MAN)
    sent = len(stand.sent)
    stand.look()
    assert stand.names(sent) == EACH_LOOK


def test_an_order_that_left_the_open_lists_has_the_position_read_for_a_while(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/openOrders"] = [replies.ORDER]
    stand.look()
    stand.now_ms += 4000
    stand.exchange.note_event()
    stand.look()
    stand.replies["GET /fapi/v1/openOrders"] = []
    for after_ms, read in ((100, True), (2000, True), (2000, True), (100, False)):
        stand.now_ms += after_ms
        sent = len(stand.sent)
        stand.look()
        assert (POSITION in stand.names(sent)) is read
        assert (FILLS in stand.names(sent)) is read


def test_a_position_that_changed_is_read_again_until_it_has_settled(stand: Stand) -> None:
    stand.look()
    stand.now_ms += 5000
    stand.replies[POSITION] = [replies.POSITION]
    assert stand.look().position.qty == D("-0.01")
    stand.replies[POSITION] = []
    stand.now_ms += 1000
    assert stand.look().position.qty == 0


@pytest.mark.parametrize("apart_ms", [500, 2500, 3500, 4500, 7000])
def test_a_flat_is_never_two_looks_at_one_reading(stand: Stand, apart_ms: int) -> None:
    """A glitch shows flat once; a position closed by it would lose its stop (design: "Flat is confirmed")."""
    stand.replies[POSITION] = [replies.POSITION]
    stand.look()
    stand.now_ms += 7000
    stand.replies[POSITION] = []
    assert stand.look().position.qty == 0
    stand.replies[POSITION] = [replies.POSITION]
    stand.now_ms += apart_ms
    assert stand.look().position.qty == D("-0.01")


# orders


def test_open_orders_of_both_worlds_are_shown_foreign_ones_too(stand: Stand) -> None:
    foreign = replies.ORDER | {"clientOrderId": "web_1", "orderId": 7, "type": "LIMIT", "time": NOW}
    stand.replies["GET /fapi/v1/openOrders"] = [replies.ORDER | {"executedQty": "0.004"}, foreign]
    trailing = replies.ALGO | {"orderType": "TRAILING_STOP_MARKET", "clientAlgoId": "ios_2", "triggerPrice": ""}
    stand.replies["GET /fapi/v1/openAlgoOrders"] = [replies.ALGO, trailing]
    orders = {order.key: order for order in stand.look().orders}
    assert set(orders) == {("plain", "capi_entry_x"), ("plain", "web_1"), ("algo", "capi_sl_x"), ("algo", "ios_2")}
    assert orders["plain", "capi_entry_x"].filled_qty == D("0.004")
    assert orders["plain", "web_1"].created_at_ms == NOW
    assert orders["algo", "ios_2"].trigger_price is None


def test_orders_asked_about_are_shown_whatever_became_of_them(stand: Stand) -> None:
    filled = replies.ORDER | {"status": "FILLED", "executedQty": "0.010", "avgPrice": "75998.9", "time": NOW}
    stand.replies["GET /fapi/v1/order"] = filled
    look = stand.look(("plain", "capi_entry_x"))
    assert [(order.key, order.status, order.filled_qty) for order in look.orders] == [
        (("plain", "capi_entry_x"), "FILLED", D("0.01"))
    ]
    assert look.not_found == ()


def test_orders_that_are_listed_are_not_asked_for_again(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/openOrders"] = [replies.ORDER]
    stand.look(("plain", "capi_entry_x"))
    assert stand.of("GET /fapi/v1/order") == []


def test_what_the_exchange_does_not_know_is_passed_on_as_not_found(stand: Stand) -> None:
    look = stand.look(("plain", "capi_entry_x"), ("algo", "capi_sl_x"))
    assert set(look.not_found) == {("plain", "capi_entry_x"), ("algo", "capi_sl_x")}
    assert look.complete


def test_a_history_that_cannot_be_read_proves_nothing(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/allAlgoOrders"] = DOWN
    look = stand.look(("algo", "capi_sl_x"))
    assert (look.not_found, look.complete) == ((), False)


def test_a_conditional_order_missing_by_id_is_looked_up_in_the_history(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/allAlgoOrders"] = [replies.ALGO | {"algoStatus": "EXPIRED"}]
    look = stand.look(("algo", "capi_sl_x"))
    assert [(order.key, order.status) for order in look.orders] == [(("algo", "capi_sl_x"), "EXPIRED")]
    assert look.not_found == ()


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("NEW", "NEW"),
        ("TRIGGERING", "TRIGGERED"),
        ("TRIGGERED", "TRIGGERED"),
        ("FINISHED", "TRIGGERED"),  # its child tells what came of it
        ("CANCELED", "CANCELED"),
        ("REJECTED", "REJECTED"),
        ("EXPIRED", "EXPIRED"),
        ("PAUSED", "UNKNOWN"),
    ],
)
def test_the_life_of_a_conditional_order(stand: Stand, status: str, ours: str) -> None:
    fired = {"algoStatus": status, "triggerTime": NOW + 9, "actualOrderId": "88937381063", "actualQty": "0.010"}
    stand.replies["GET /fapi/v1/algoOrder"] = replies.ALGO | fired
    (order,) = stand.look(("algo", "capi_sl_x")).orders
    assert (order.status, order.triggered_at_ms, order.filled_qty) == (ours, NOW + 9, D(0))


@pytest.mark.parametrize("status", ["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED", "?"])
def test_the_life_of_a_plain_order(stand: Stand, status: str) -> None:
    stand.replies["GET /fapi/v1/order"] = replies.ORDER | {"status": status}
    (order,) = stand.look(("plain", "capi_entry_x")).orders
    assert order.status == ("UNKNOWN" if status == "?" else status)


def test_more_orders_than_one_look_asks_for_are_a_gap(stand: Stand) -> None:
    look = stand.look(*(("plain", f"capi_entry_{number}") for number in range(33)))
    assert len(look.not_found) == 30
    assert "3 orders of unknown fate" in look.gaps[0]


# what cannot be read

ODD: Final[list[Any]] = [
    DOWN,
    httpx.Response(200, html="<html>maintenance</html>"),
    httpx.Response(200, content=b'[{"symbol":"BTC'),
    httpx.Response(302, headers={"location": "https://elsewhere.invalid/"}),
    {"code": 200, "msg": "ok"},
    [1],
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("refused"),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("GET /fapi/v1/openOrders", "the open plain orders"),
        ("GET /fapi/v1/openAlgoOrders", "the open algo orders"),
        (FILLS, "the fills"),
        (POSITION, "the position"),
        ("GET /fapi/v1/algoOrder", "order capi_sl_x"),
    ],
)
def test_a_part_that_is_not_read_is_a_gap_with_its_name(stand: Stand, name: str, part: str, odd: Any) -> None:
    stand.look()
    stand.replies[name] = odd
    stand.now_ms += 6000
    look = stand.look(("algo", "capi_sl_x"))
    assert not look.complete
    assert any(part in gap for gap in look.gaps)
    assert look.stops_read is (part != "the open algo orders")


def test_a_position_that_cannot_be_read_after_a_write_is_the_old_one_with_a_gap(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/algoOrder"] = replies.ALGO
    stand.replies[POSITION] = [replies.POSITION]
    stand.look()
    stand.accepted(stop())
    stand.replies[POSITION] = DOWN
    look = stand.look()
    assert look.position.qty == D("-0.01")
    assert look.gaps == ("the position is older than what concerns it: HTTP 502: bad gateway",)


@pytest.mark.parametrize("during", [BALANCE, POSITION, "GET /fapi/v1/openOrders"])
def test_what_an_event_overtakes_is_a_gap_and_still_known(stand: Stand, during: str) -> None:
    """A stream that connects, or a partial fill, while a look is read: a resting entry is not taken down for it."""
    known, answer = stand.look(), stand.replies[during]

    def told_meanwhile(query: dict[str, str]) -> Any:
        stand.exchange.note_event()
        stand.exchange.note_settings()
        return answer

    stand.now_ms += 15_000  # money, position and orders are due, the settings are not
    stand.replies[during] = told_meanwhile
    look = stand.look()
    assert not look.complete
    assert (look.equity, look.available) == (known.equity, known.available)
    assert (look.position_mode, look.multi_assets) == ("one_way", False)
    assert (look.margin_mode, look.leverage) == ("cross", 10)
    assert (look.wallet is None) == any("the balance" in gap for gap in look.gaps)
    stand.replies[during] = answer
    assert stand.look().complete


def test_what_could_not_be_read_after_an_event_is_unknown(stand: Stand) -> None:
    stand.look()
    stand.replies[BALANCE] = DOWN
    stand.exchange.note_event()
    look = stand.look()
    assert (look.equity, look.wallet, look.available) == (None, None, None)
    assert any("the balance is older than what concerns it: HTTP 502" in gap for gap in look.gaps)


def test_a_young_value_outlasts_a_read_that_fails_but_an_old_one_does_not(stand: Stand) -> None:
    stand.look()
    stand.now_ms += 4000
    stand.look()
    stand.replies |= dict.fromkeys((PRICES[1], BALANCE, SETTINGS), DOWN)
    stand.now_ms += 2500
    look = stand.look()
    assert (look.complete, look.market.bid) == (True, D("76914.9"))
    stand.now_ms += 1500
    look = stand.look()
    assert (look.market.bid, look.market.volatility, look.equity) == (None, None, D("997.5"))
    assert ["the book" in gap for gap in look.gaps] == [True]
    stand.now_ms += 60_000
    look = stand.look()
    assert (look.equity, look.wallet, look.available, look.leverage) == (None, None, None, 10)


def test_brackets_may_be_one_object(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/leverageBracket"] = replies.BRACKETS[0]
    assert stand.look().instrument.maintenance_margin == D("0.005")


@pytest.mark.parametrize("reply", [[], {"code": 1}, [replies.SYMBOL_CONFIG[0] | {"marginType": "?"}]])
def test_settings_that_cannot_be_read_are_unknown(stand: Stand, reply: Any) -> None:
    stand.replies[SETTINGS] = reply
    look = stand.look()
    assert (look.leverage, look.complete) == (None, False)


def test_unknown_settings_are_unknown(stand: Stand) -> None:
    stand.replies |= {SETTINGS: DOWN, "GET /fapi/v1/accountConfig": {"dualSidePosition": False}}
    look = stand.look()
    assert (look.leverage, look.margin_mode, look.position_mode, look.multi_assets) == (None, None, None, None)
    assert len(look.gaps) == 2


@pytest.mark.parametrize(
    ("name", "reply", "word"),
    [
        (POSITION, DOWN, "502"),
        ("GET /fapi/v1/exchangeInfo", {"rateLimits": [], "symbols": []}, "BTCUSDT"),
        ("GET /fapi/v1/exchangeInfo", replies.EXCHANGE_INFO | {"rateLimits": None}, "rateLimits"),
        (POSITION, [replies.POSITION | {"positionSide": "LONG"}], "hedge"),
        (
            "GET /fapi/v1/exchangeInfo",
            replies.EXCHANGE_INFO | {"symbols": [replies.SYMBOL | {"marginAsset": "USDC"}]},
            "USDC",
        ),
    ],
)
def test_without_position_or_filters_there_is_no_look(stand: Stand, name: str, reply: Any, word: str) -> None:
    stand.replies[name] = reply
    error = stand.blind()
    assert isinstance(error, Unavailable)
    assert word in error.message


@pytest.mark.parametrize(
    ("name", "reply", "word"),
    [
        ("GET /fapi/v1/commissionRate", {"symbol": "BTCUSDT"}, "makerCommissionRate"),
        ("GET /fapi/v1/leverageBracket", [], "leverageBracket"),
        ("GET /fapi/v1/leverageBracket", [{"symbol": "BTCUSDT", "brackets": []}], "leverageBracket"),
        ("GET /fapi/v1/leverageBracket", replies.BRACKETS[0] | {"symbol": "ETHUSDT"}, "leverageBracket"),
    ],
)
def test_fees_and_brackets_that_cannot_be_read_hide_no_position(stand: Stand, name: str, reply: Any, word: str) -> None:
    """A stop has to go out whether or not it is known what it costs; entries wait for the gap to close."""
    stand.replies |= {name: reply, POSITION: [replies.POSITION]}
    look = stand.look()
    assert (look.position.qty, look.instrument.tick_size) == (D("-0.01"), D("0.1"))
    assert any(word in gap for gap in look.gaps)


def test_a_start_on_a_busy_address_sees_the_position(stand: Stand) -> None:
    """Other programs have used 80 % of the weight: what can wait does, and a position is seen all the same."""
    stand.replies[POSITION] = [replies.POSITION]
    stand.headers["X-MBX-USED-WEIGHT-1M"] = "1900"
    stand.exchange.measure_clock().unwrap()
    assert stand.exchange.account_modes().unwrap().position_mode == "one_way"
    look = stand.look()
    assert (look.position.qty, look.instrument.tick_size) == (D("-0.01"), D("0.1"))
    assert not look.complete


def test_a_look_that_took_long_is_not_complete(stand: Stand) -> None:
    """Its book was read first: an entry at market would go by a price of long ago."""

    def slow(query: dict[str, str]) -> Any:
        stand.now_ms += 3500
        return [replies.POSITION]

    stand.look()
    stand.replies[POSITION] = slow
    stand.exchange.note_event()
    look = stand.look()
    assert look.position.qty == D("-0.01")
    assert any("3500 ms" in gap for gap in look.gaps)


def test_without_any_list_of_orders_the_position_is_seen_all_the_same(stand: Stand) -> None:
    """An entry may have filled meanwhile: what it bought has to get its stop."""
    stand.look()
    stand.replies |= dict.fromkeys(EACH_LOOK, DOWN) | {POSITION: [replies.POSITION]}
    look = stand.look()
    assert (look.position.qty, look.complete) == (D("-0.01"), False)
    assert {"plain", "algo"} <= {word for gap in look.gaps for word in gap.split()}


def test_without_lists_and_position_there_is_no_look(stand: Stand) -> None:
    """However young the position that was read before: nothing tells what became of it."""
    stand.look()
    stand.replies |= dict.fromkeys([*EACH_LOOK, POSITION], DOWN)
    assert isinstance(stand.blind(), Unavailable)
    stand.replies |= {POSITION: [replies.POSITION]}
    assert stand.look().position.qty == D("-0.01")


@pytest.mark.parametrize("name", [POSITION, BALANCE, "GET /fapi/v1/openOrders", FILLS])
def test_a_key_that_may_not_is_said_so(stand: Stand, name: str) -> None:
    stand.look()
    stand.now_ms += 16_000
    stand.replies[name] = refusal(-2015, 401)
    assert stand.blind() == NotAuthorised(-2015, "said so")


def test_a_wrong_clock_outweighs_what_else_failed_and_a_wrong_key_outweighs_both(stand: Stand) -> None:
    stand.look()
    stand.now_ms += 1000
    stand.replies |= dict.fromkeys(PRICES, DOWN)
    stand.replies |= dict.fromkeys(EACH_LOOK, refusal(-1021))
    assert isinstance(stand.blind(), ClockSkewed)
    stand.replies[EACH_LOOK[0]] = refusal(-2015, 401)
    assert isinstance(stand.blind(), NotAuthorised)


def test_hedge_mode_and_multi_assets_mode_are_seen(stand: Stand) -> None:
    modes = {"dualSidePosition": True, "multiAssetsMargin": True}
    stand.replies["GET /fapi/v1/accountConfig"] = replies.ACCOUNT_CONFIG | modes
    look = stand.look()
    assert (look.position_mode, look.multi_assets) == ("hedge", True)


@pytest.mark.parametrize("change", [{"status": "SETTLING"}, {"contractType": "CURRENT_QUARTER"}])
def test_a_symbol_that_is_not_traded_is_a_gap(stand: Stand, change: dict[str, str]) -> None:
    stand.replies["GET /fapi/v1/exchangeInfo"] = replies.EXCHANGE_INFO | {"symbols": [replies.SYMBOL | change]}
    assert next(iter(change.values())) in stand.look().gaps[0]


@pytest.mark.parametrize("change", [{"bidPrice": "76915.00"}, {"askPrice": "0"}, {"bidQty": "-1"}, {"askQty": None}])
def test_a_book_that_cannot_be_is_none(stand: Stand, change: dict[str, Any]) -> None:
    stand.replies[PRICES[1]] = replies.BOOK | change
    look = stand.look()
    assert look.market.bid is None
    assert "the book" in look.gaps[0]


def test_the_maintenance_margin_is_that_of_what_the_account_could_hold(stand: Stand) -> None:
    assert stand.look().instrument.maintenance_margin == D("0.005")  # 997.5 × 10 is in the second bracket
    stand.replies[BALANCE] = replies.ACCOUNT | {"totalMarginBalance": "499"}
    stand.exchange.note_event()
    assert stand.look().instrument.maintenance_margin == D("0.004")
    stand.replies[BALANCE] = replies.ACCOUNT | {"totalMarginBalance": "99999999"}
    stand.exchange.note_event()
    assert stand.look().instrument.maintenance_margin == D("0.005")


# volatility and streams


def test_the_volatility_begins_with_the_closed_candles(stand: Stand) -> None:
    wild = replies.candle(NOW // 60_000 * 60_000, low="1", high="999999")  # still open: it does not count
    stand.replies["GET /fapi/v1/klines"] = [*replies.candles(NOW)[:-1], wild]
    volatility = stand.look().market.volatility
    assert volatility == (D(30) / D("76914.95")).quantize(D("1E-8"))


def test_without_candles_the_volatility_is_unknown_and_asked_for_again(stand: Stand) -> None:
    stand.replies["GET /fapi/v1/klines"] = DOWN
    look = stand.look()
    assert (look.complete, look.market.volatility) == (True, None)
    stand.replies["GET /fapi/v1/klines"] = {"code": 1}
    stand.replies["GET /fapi/v1/klines"] = replies.candles(NOW)
    stand.now_ms += 9000
    assert stand.look().market.volatility is None
    stand.now_ms += 1000
    assert stand.look().market.volatility is not None


def test_prices_come_from_the_stream_while_it_speaks(stand: Stand) -> None:
    stand.quote = Quote(NOW, D(100), D(101), D(1), D(2), D("100.4"), D("100.6"))
    look = stand.look()
    assert replace_volatility(look.market) == Market(
        bid=D(100), ask=D(101), bid_qty=D(1), ask_qty=D(2), mark=D("100.4"), last=D("100.6"), volatility=None
    )
    assert not set(PRICES) & set(stand.names())
    stand.quote = None
    assert stand.look().market.bid == D("76914.9")


def replace_volatility(market: Market) -> Market:
    """Return the market without its volatility."""
    return Market(
        bid=market.bid,
        ask=market.ask,
        bid_qty=market.bid_qty,
        ask_qty=market.ask_qty,
        mark=market.mark,
        last=market.last,
        volatility=None,
    )


def test_a_streams_event_has_position_fills_and_money_read(stand: Stand) -> None:
    stand.look()
    stand.now_ms += 4000
    stand.look()
    stand.exchange.note_event()
    sent = len(stand.sent)
    stand.look()
    assert {POSITION, FILLS, BALANCE} <= set(stand.names(sent))


def test_an_order_of_a_kind_that_is_not_known_makes_the_view_incomplete(stand: Stand) -> None:
    stand.look()
    stand.replies["GET /fapi/v1/openOrders"] = [replies.ORDER | {"type": "ICEBERG"}]
    look = stand.look()
    assert "ICEBERG" in look.gaps[0]
    assert look.orders == ()
