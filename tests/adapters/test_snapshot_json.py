"""The snapshot file: read exactly, defaults where they are obvious, and one sentence with the place where not."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.adapters.fields import InputError
from capi.adapters.snapshot_json import NO_DECISION, SNAPSHOT_BYTES_MAX, Snapshot, read_snapshot
from capi.core.account import Account, Instrument, Intent, LastTrade, Market, Position, Trade
from capi.core.decision import Decision, Unusable
from capi.core.orders import Order
from tests.adapters.decision_examples import LONG, TIME_MS, written
from tests.adapters.snapshot_examples import INTENT, ORDER, SNAPSHOT, TRADE, changed
from tests.properties.profiles import examples

D = Decimal


def read(**changes: Any) -> Snapshot:
    return read_snapshot(json.dumps(changed(**changes)).encode())


def refused(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(**changes)
    return str(caught.value)


def test_the_contracts_example_is_read_exactly() -> None:
    snapshot = read()
    assert snapshot.account == Account(
        now_ms=TIME_MS + 60_000,
        equity=D(10000),
        wallet=D(10000),
        available=D(9900),
        position_mode="one_way",
        multi_assets=False,
        margin_mode="isolated",
        leverage=3,
        position=Position(qty=D(0)),
        market=Market(
            bid=D("90799.9"),
            ask=D("90800.0"),
            bid_qty=D(5),
            ask_qty=D(5),
            mark=D("90800.0"),
            last=D("90800.0"),
            volatility=D("0.001"),
        ),
        instrument=Instrument(
            symbol="BTCUSDT",
            tick_size=D("0.1"),
            step_size=D("0.001"),
            min_qty=D("0.001"),
            max_qty=D(1000),
            market_max_qty=D(120),
            min_notional=D(50),
            price_band_up=D("0.05"),
            price_band_down=D("0.05"),
            maker_fee=D("0.0002"),
            taker_fee=D("0.0005"),
            maintenance_margin=D("0.004"),
        ),
        day_start_equity=D(10000),
        day_trades=0,
        week_start_equity=D(10000),
    )
    assert snapshot.orders == ()
    assert snapshot.config == {"chase": {"threshold": "0.2%"}}


def test_what_is_required_is_enough_and_the_rest_has_its_default() -> None:
    account = {
        "equity": 10000,
        "position": {"qty": 0},
        "market": {"bid": 10, "ask": 12, "volatility": None},
        "instrument": {"symbol": "X", "tick_size": "0.10", "step_size": 1},
        "day": {"start_equity": None, "trades": None},
        "week": {"start_equity": None},
    }
    snapshot = read_snapshot(json.dumps({"now": "2025-11-28T10:05:00Z", "account": account}).encode())
    read_account = snapshot.account
    assert (read_account.wallet, read_account.available) == (D(10000), D(10000))
    assert (read_account.position_mode, read_account.multi_assets) == ("one_way", False)
    assert (read_account.margin_mode, read_account.leverage) == (None, None)
    assert (read_account.paused, read_account.complete, read_account.safe_mode) == (False, True, None)
    market, instrument = read_account.market, read_account.instrument
    assert (market.mark, market.last, market.bid_qty, market.ask_qty) == (D(11), D(11), None, None)
    assert (instrument.min_qty, instrument.max_qty, instrument.market_max_qty) == (D(1), None, None)
    assert (instrument.min_notional, instrument.price_band_up, instrument.price_band_down) == (
        D(5),
        D("0.05"),
        D("0.05"),
    )
    fees = (instrument.maker_fee, instrument.taker_fee, instrument.maintenance_margin)
    assert fees == (D("0.0002"), D("0.0005"), D("0.004"))
    assert str(instrument.tick_size) == "0.1"
    assert snapshot.decision(symbol="X", id_prefix="capi") is NO_DECISION


@pytest.mark.parametrize(
    "name",
    ["equity", "wallet", "available", "position_mode", "multi_assets", "margin_mode", "leverage"],
)
def test_null_is_unknown_and_stays_so(name: str) -> None:
    assert getattr(read(**{f"account__{name}": None}).account, name) is None


def test_nothing_of_the_market_known_stays_unknown() -> None:
    unknown = dict.fromkeys(SNAPSHOT["account"]["market"])
    market = read(account__market=unknown).account.market
    assert market == Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=None)
    bid_alone = read(account__market={"bid": "1", "ask": None, "volatility": None}).account.market
    assert (bid_alone.mark, bid_alone.last) == (None, None)


def test_null_says_the_same_as_absent_of_an_orders_quantities_and_flags_and_of_lists() -> None:
    nulls = dict.fromkeys(("quantity", "filled_qty", "reduce_only", "close_position"))
    absent = {key: value for key, value in ORDER.items() if key not in nulls}
    assert read(orders=[{**ORDER, **nulls}]).orders == read(orders=[absent]).orders
    assert read(orders=None, account__intents=None, account__paused=None, account__complete=None) == read(
        orders=..., account__intents=..., account__paused=..., account__complete=...
    )


def test_a_position_without_a_quantity_is_unreadable_not_flat() -> None:
    position = {"qty": None, "entry_price": "90800", "since": "2025-11-28T10:05:31Z"}
    for changes in ({}, {"account__complete": True}):
        account = read(account__position=position, **changes).account
        assert (account.position_readable, account.complete) == (False, False)
        assert account.position == Position(qty=D(0))
    known = read().account
    assert (known.position_readable, known.complete) == (True, True)


def test_a_period_that_is_null_is_unknown() -> None:
    account = read(account__day=None, account__week=None).account
    assert (account.day_start_equity, account.day_trades, account.week_start_equity) == (None, None, None)


def test_orders_trades_and_intents() -> None:
    snapshot = read(
        account__position={"qty": "-0.02", "entry_price": 90800, "since": "2025-11-28T10:05:31Z"},
        account__trade={**TRADE, "side": "short", "volatility": "10bps"},
        account__intents=[INTENT, {**INTENT, "side": "short"}],
        account__last_trade={"decision_id": "d", "side": "BUY", "closed_at": "2025-11-28T10:05:00Z"},
        account__safe_mode="stop cannot be placed",
        orders=[ORDER, {"client_order_id": "web_1", "kind": "plain", "side": "BUY", "type": "LIMIT", "status": "NEW"}],
    )
    account = snapshot.account
    assert account.position == Position(qty=D("-0.02"), entry_price=D(90800), since_ms=TIME_MS + 31_000)
    assert account.trade == Trade(
        decision_id="20251128T100500Z",
        side="short",
        qty=D("0.010"),
        entered=D("0.02"),
        entry_price=D("90800.0"),
        sl=D("89800.0"),
        tp1=D("92200.0"),
        tp2=D("93500.0"),
        tp1_filled=False,
        opened_at_ms=TIME_MS + 31_000,
        volatility=D("0.001"),
    )
    assert account.intents[0] == Intent(
        client_order_id="capi_entry_20251128T100500Z",
        decision_id="20251128T100500Z",
        side="BUY",
        quantity=D("0.011"),
        sl=D("89800.0"),
        tp1=D("92200.0"),
        tp2=None,
    )
    assert account.intents[1].side == "SELL"
    assert account.last_trade == LastTrade(decision_id="d", side="long", closed_at_ms=TIME_MS)
    assert account.safe_mode == "stop cannot be placed"
    assert snapshot.orders == (
        Order(
            client_order_id="capi_sl_20251128T100500Z",
            kind="algo",
            side="SELL",
            type="STOP_MARKET",
            status="NEW",
            trigger_price=D("89800.0"),
            reduce_only=True,
            close_position=True,
            created_at_ms=TIME_MS + 30_000,
            updated_at_ms=TIME_MS + 30_500,
        ),
        Order(client_order_id="web_1", kind="plain", side="BUY", type="LIMIT", status="NEW"),
    )


@pytest.mark.parametrize(("value", "why"), [(True, "set in the snapshot"), (False, None)])
def test_safe_mode_may_be_a_flag(value: bool, why: str | None) -> None:
    assert read(account__safe_mode=value).account.safe_mode == why
    assert read(account__flatten=value).account.flatten == why


def test_a_flatten_and_since_when_requests_go_out_may_be_told() -> None:
    account = read(account__flatten="going on holiday", account__acts_since="2025-11-28T10:05:30Z").account
    assert (account.flatten, account.acts_since_ms) == ("going on holiday", TIME_MS + 30_000)
    account = read().account
    assert (account.flatten, account.acts_since_ms) == (None, None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"now": ...}, "now: missing; write it"),
        ({"now": 1764324360}, "now: 1764324360 is not an ISO 8601 time"),
        ({"accounts": {}}, "accounts: unknown key; did you mean account?"),
        ({"account": None}, "account: null is not an object"),
        ({"account__equity": ...}, "account.equity: missing"),
        ({"account__equity": True}, "account.equity: true is not a number"),
        ({"account__equity": "1e400"}, 'account.equity: "1e400" is no number'),
        ({"account__day__trades": ...}, "account.day.trades: missing"),
        ({"account__day__trades": -1}, "account.day.trades: -1 must be at least 0"),
        ({"account__week": {}}, "account.week.start_equity: missing"),
        ({"account__position": None}, "account.position: null is not an object"),
        ({"account__position__qty": ...}, "account.position.qty: missing; write it"),
        ({"account__position__qty": "NaN"}, 'account.position.qty: "NaN" is no number'),
        ({"account__position__entry_price": -1}, "account.position.entry_price: -1 must be at least 0"),
        ({"account__market__bid": ...}, "account.market.bid: missing"),
        ({"account__market__bid": 0}, "account.market.bid: 0 must be above 0"),
        ({"account__market__mark": "-1"}, 'account.market.mark: "-1" must be above 0'),
        ({"account__market__bid": "90800.0"}, "account.market: bid 90800.0 is not below ask 90800.0"),
        ({"account__market__volatility": 0.001}, "account.market.volatility: 0.001 of what? Write it as text"),
        ({"account__market__volatility": "0.1"}, 'account.market.volatility: "0.1" has no unit'),
        ({"account__market__volatility": "-1%"}, 'account.market.volatility: "-1%" must be at least 0'),
        ({"account__market__spread": "1"}, "account.market.spread: unknown key; known are bid, ask"),
        ({"account__instrument__tick_size": "0"}, 'account.instrument.tick_size: "0" must be above 0'),
        ({"account__instrument__step_size": ...}, "account.instrument.step_size: missing"),
        ({"account__instrument__symbol": ""}, 'account.instrument.symbol: "" is empty'),
        ({"account__instrument__taker_fee": None}, "account.instrument.taker_fee: null is not text"),
        (
            {"account__instrument__price_band_down": "101%"},
            'account.instrument.price_band_down: "101%" must be at most 1',
        ),
        ({"account__leverage": 2.5}, "account.leverage: 2.5 must be a whole number"),
        ({"account__position_mode": "both"}, 'account.position_mode: "both" must be one of one_way, hedge'),
        ({"account__paused": 0}, "account.paused: 0 must be true or false"),
        ({"account__trade": {**TRADE, "side": "up"}}, 'account.trade.side: "up" must be one of long, short, BUY, SELL'),
        ({"account__trade": {**TRADE, "stop": "1"}}, "account.trade.stop: unknown key"),
        ({"account__intents": {}}, "account.intents: {} is not a list"),
        ({"account__intents": [{**INTENT, "sl": None}]}, "account.intents[0].sl: null is not a number"),
        ({"orders": [ORDER, {**ORDER, "type": "OCO"}]}, 'orders[1].type: "OCO" must be one of LIMIT, MARKET'),
        ({"orders": [{**ORDER, "status": "OPEN"}]}, 'orders[0].status: "OPEN" must be one of NEW'),
        ({"orders": [{**ORDER, "quantity": -1}]}, "orders[0].quantity: -1 must be at least 0"),
        ({"orders": [{**ORDER, "quantity": 1, "filled_qty": 2}]}, "orders[0].filled_qty: 2 is above quantity 1"),
        ({"orders": [{**ORDER, "client_order_id": "x" * 65}]}, "has 65 characters; at most 64 are read"),
        ({"config": []}, "config: [] is not an object"),
    ],
)
def test_errors_name_place_value_and_cure(changes: dict[str, Any], says: str) -> None:
    assert says in refused(**changes)


def test_numbers_out_of_bounds_in_the_configuration_are_refused() -> None:
    document = json.dumps(changed(config={"risk": {"equity_min_usdt": 7}})).replace("7}", "1e400}")
    with pytest.raises(InputError, match=r"config\.risk\.equity_min_usdt: 1e400"):
        read_snapshot(document.encode())


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "the snapshot is empty"),
        (b"{", "the snapshot stops in the middle (column 2); write the whole of it"),
        (b'{"now": NaN}', "the snapshot is not JSON: now is NaN"),
        (b'{"now": 1, "now": 2}', 'the snapshot is ambiguous: the key "now"'),
        (b"\x89PNG\r\n", "the snapshot is not UTF-8"),
        (b"[]", "the snapshot: [] is not an object"),
        (b" " * (SNAPSHOT_BYTES_MAX + 1), "the snapshot is longer than"),
    ],
)
def test_documents_that_are_no_snapshot(document: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_snapshot(document)
    assert says in str(caught.value)


def decision_in(value: object) -> Decision | Unusable:
    return read(decision=value).decision(symbol="BTCUSDT", id_prefix="capi").decision


def test_a_decision_may_be_an_object_null_or_the_text_of_a_file() -> None:
    as_text = decision_in(written(LONG).decode())
    assert isinstance(as_text, Decision)
    assert decision_in(dict(LONG)) == as_text
    in_quotes = decision_in({**LONG, "sl": "89800.0", "entry_zone": ["90700.0", "90900.0"]})
    assert in_quotes == as_text
    assert decision_in(None) == NO_DECISION.decision


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (written(LONG)[:50].decode(), "the decision stops in the middle"),
        (written(LONG, sl="89800").decode(), 'sl: "89800" is not a number'),
        ({**LONG, "sl": None}, "sl: missing"),
        ({**LONG, "timestamp_iso": None}, "timestamp_iso: missing"),
        ([], "the decision [] is not an object"),
        (12, "the decision 12 is not an object"),
        ("", "the decision is empty"),
    ],
)
def test_an_invalid_decision_is_a_value_not_an_error(value: object, says: str) -> None:
    decision = decision_in(value)
    assert isinstance(decision, Unusable)
    assert says in decision.reason


def sentence_of(document: bytes) -> str:
    """Return why a document is refused; nothing when it is not."""
    try:
        read_snapshot(document)
    except InputError as error:
        return str(error)
    return ""


PLACES = [(key,) for key in SNAPSHOT["account"]] + [
    (table, key) for table in ("position", "market", "instrument", "day", "week") for key in SNAPSHOT["account"][table]
]


@examples(100)
@given(
    st.sampled_from(PLACES),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([{}]) | st.just({"qty": 1}),
)
def test_no_value_anywhere_raises_anything_else(place: tuple[str, ...], value: object) -> None:
    document = json.dumps(changed(**{"__".join(("account", *place)): value})).encode()
    assert sentence_of(document).isprintable()


@examples(100)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(document: bytes) -> None:
    with pytest.raises(InputError):
        read_snapshot(document)
