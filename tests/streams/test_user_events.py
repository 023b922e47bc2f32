"""Every payload of the facts, section 6, and what is odd about the real ones."""

import json
import time
from typing import Any, Final

import pytest

from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.rows import Row
from capi.adapters.binance.streams.user import UserStream
from capi.adapters.binance.streams.user_events import read_user_event
from capi.adapters.exact_json import exact_json
from capi.core.orders import Order
from capi.ports.exchange import Fill
from capi.ports.streams import Disturbed, MarginCalled, OrderTold, PositionTold, StreamEvent
from tests.streams.stage import D

NOW: Final = 1_790_770_801_470
ORDER: Final = (
    '{"e":"ORDER_TRADE_UPDATE","E":1790770801460,"T":1790770801456,"o":{"s":"BTCUSDT","c":"capi-7f3a-E1","S":"BUY",'
    '"o":"LIMIT","f":"GTC","q":"0.010","p":"76000","ap":"75998.90","sp":"0","x":"TRADE","X":"FILLED","i":22542179,'
    '"l":"0.010","z":"0.010","L":"75998.90","n":"0.37999450","N":"USDT","T":1790770801456,"t":698759,"b":"0","a":"0",'
    '"m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,'
    '"V":"EXPIRE_MAKER","pm":"NONE","gtd":0,"er":"0"}}'
)
ALGO: Final = (
    '{"e":"ALGO_UPDATE","T":1765431097030,"E":1765431097037,"o":{"caid":"O-20251211-053131-ZYWR-000-9",'
    '"aid":1000000033225453,"at":"CONDITIONAL","o":"STOP_MARKET","s":"DOGEUSDT","S":"BUY","ps":"BOTH","f":"GTC",'
    '"q":"38","X":"TRIGGERED","ai":"88937381063","ap":"0","aq":"0","act":"MARKET","tp":"0.13855","p":"0",'
    '"V":"EXPIRE_MAKER","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":false,"tt":1765431097019,"gtd":0}}'
)
ACCOUNT: Final = (
    '{"e":"ACCOUNT_UPDATE","E":1790770801461,"T":1790770801456,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"4208.43752587",'
    '"cw":"4208.43752587","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"0.010","ep":"75998.9","bep":"76036.9","cr":"-61.78",'
    '"up":"-0.008","mt":"cross","iw":"0","ps":"BOTH","ma":"USDT"}]}}'
)
LITE: Final = (
    '{"e":"TRADE_LITE","E":1721895408092,"T":1721895408214,"s":"BTCUSDT","q":"0.001","p":"0","m":false,"c":"id",'
    '"S":"BUY","L":"64089.20","l":"0.040","t":109100866,"i":8886774}'
)
MARGIN_CALL: Final = (
    '{"e":"MARGIN_CALL","E":1587727187525,"cw":"3.16812045","p":[{"s":"ETHUSDT","ps":"LONG","pa":"1.327",'
    '"mt":"CROSSED","iw":"0","mp":"187.17127","up":"-1.166074","mm":"1.614445"}]}'
)
LEVERAGE: Final = '{"e":"ACCOUNT_CONFIG_UPDATE","E":1611646737479,"T":1611646737476,"ac":{"s":"BTCUSDT","l":25}}'
MULTI: Final = '{"e":"ACCOUNT_CONFIG_UPDATE","E":1611646737479,"T":1611646737476,"ai":{"j":true}}'
REJECT: Final = (
    '{"e":"CONDITIONAL_ORDER_TRIGGER_REJECT","E":1,"T":1,"or":{"s":"ETHUSDT","i":155618472834,"r":"reason"}}'
)
EXPIRED: Final = '{"e":"listenKeyExpired","E":1736996475556,"listenKey":"abc"}'


def read(message: str, symbol: str = "BTCUSDT") -> list[StreamEvent]:
    """Return what a message tells."""
    return list(read_user_event(Row(exact_json(message), "an event"), symbol, NOW))


def changed(message: str, part: str = "", **fields: Any) -> str:
    """Return a message with other fields, of one of its parts when told so; `...` leaves one out."""
    document = json.loads(message)
    inner = document[part] if part else document
    for name, value in fields.items():
        if value is ...:
            del inner[name]
        else:
            inner[name] = value
    return json.dumps(document)


def test_an_order_and_its_fill() -> None:
    [told] = read(ORDER)
    assert told == OrderTold(
        at_ms=1790770801456,
        order=Order(
            client_order_id="capi-7f3a-E1",
            kind="plain",
            side="BUY",
            type="LIMIT",
            status="FILLED",
            price=D(76000),
            quantity=D("0.01"),
            filled_qty=D("0.01"),
            updated_at_ms=1790770801456,
        ),
        fill=Fill(
            trade_id=698759,
            client_order_id="capi-7f3a-E1",
            side="BUY",
            price=D("75998.9"),
            qty=D("0.01"),
            fee_usdt=D("0.3799945"),
            maker=False,
            at_ms=1790770801456,
        ),
    )


def test_an_order_without_a_fill_has_no_fee() -> None:
    [told] = read(changed(ORDER, "o", x="NEW", X="NEW", l="0", z="0", L="0", n=..., N=..., t=0))
    assert isinstance(told, OrderTold)
    assert (told.fill, told.order.status, told.order.filled_qty) == (None, "NEW", D(0))


@pytest.mark.parametrize(("asset", "fee"), [("BNB", None), ("USDT", D("0.3799945"))])
def test_a_fee_is_known_in_usdt_alone(asset: str, fee: object) -> None:
    [told] = read(changed(ORDER, "o", N=asset))
    assert isinstance(told, OrderTold)
    assert told.fill is not None
    assert told.fill.fee_usdt == fee


def test_a_liquidation_is_a_fill_of_an_order_that_is_not_ours() -> None:
    [told] = read(changed(ORDER, "o", c="autoclose-1", x="CALCULATED", X="NEW"))
    assert isinstance(told, OrderTold)
    assert told.fill is not None
    assert told.fill.liquidation
    assert told.order.status == "NEW"


def test_a_conditional_order() -> None:
    [told] = read(ALGO, "DOGEUSDT")
    assert told == OrderTold(
        at_ms=1765431097030,
        order=Order(
            client_order_id="O-20251211-053131-ZYWR-000-9",
            kind="algo",
            side="BUY",
            type="STOP_MARKET",
            status="TRIGGERED",
            trigger_price=D("0.13855"),
            quantity=D(38),
            updated_at_ms=1765431097030,
            triggered_at_ms=1765431097019,
        ),
    )


def test_a_conditional_order_that_closes_the_position_reduces_whatever_it_says() -> None:
    [told] = read(changed(ALGO, "o", cp=True, q="0", R=..., X="NEW", tt=0), "DOGEUSDT")
    assert isinstance(told, OrderTold)
    order = told.order
    assert (order.close_position, order.reduce_only, order.quantity, order.status) == (True, True, D(0), "NEW")
    assert order.triggered_at_ms is None


def test_a_position() -> None:
    assert read(ACCOUNT) == [PositionTold(at_ms=1790770801456, qty=D("0.01"), entry_price=D("75998.9"))]


def test_a_position_that_is_closed_has_no_entry_price() -> None:
    document = json.loads(ACCOUNT)
    document["a"]["P"][0] |= {"pa": "0.000", "ep": "0"}
    assert read(json.dumps(document)) == [PositionTold(at_ms=1790770801456, qty=D(0), entry_price=None)]


def test_a_position_of_hedge_mode_calls_for_a_look() -> None:
    document = json.loads(ACCOUNT)
    document["a"]["P"][0]["ps"] = "LONG"
    [told] = read(json.dumps(document))
    assert isinstance(told, Disturbed)


@pytest.mark.parametrize(
    "message",
    [
        changed(ACCOUNT, "a", m="FUNDING_FEE", P=..., S="BTCUSDT"),
        changed(ACCOUNT, "a", P=[]),
        LITE,
        REJECT,
        '{"e":"GRID_UPDATE","T":1,"E":1,"gu":{}}',
        changed(ORDER, "o", s="ETHUSDT"),
        changed(LEVERAGE, "ac", s="ETHUSDT"),
    ],
)
def test_what_does_not_concern_us_tells_nothing(message: str) -> None:
    assert read(message) == []


def test_a_call_for_margin_is_told_as_such() -> None:
    assert read(MARGIN_CALL) == [MarginCalled(at_ms=1587727187525)]


@pytest.mark.parametrize("message", [LEVERAGE, MULTI])
def test_what_is_no_order_and_no_position_calls_for_a_look(message: str) -> None:
    [told] = read(message)
    assert isinstance(told, Disturbed)


def test_unknown_or_stringly_event_does_not_crash() -> None:
    stringly = changed(changed(ORDER, T="1790770801456"), "o", t="698759", R="false", m="false", cp="false", st=1)
    assert read(stringly) == read(ORDER)
    for broken in (changed(ORDER, "o", z=...), changed(ORDER, o=[]), changed(ORDER, "o", q="a lot")):
        [told] = read(broken)
        assert isinstance(told, Disturbed)
        assert told.at_ms == NOW
        assert "ORDER_TRADE_UPDATE" in told.reason


class Ear:
    """A user stream with nothing around it."""

    def __init__(self) -> None:
        self.incoming = Incoming()
        self.marks: list[str] = []
        self.stream = UserStream(
            "BTCUSDT",
            self.incoming,
            lambda: NOW,
            lambda: self.marks.append("event"),
            lambda: self.marks.append("settings"),
            5.0,
        )
        self.stream.key_expired = lambda: self.marks.append("key")

    def hears(self, *messages: str) -> list[StreamEvent]:
        """Return what is passed on."""
        for message in messages:
            self.stream.hear(message)
        return self.incoming.drain()


def test_what_is_told_twice_is_passed_on_once() -> None:
    ear = Ear()
    other_order = changed(changed(ORDER, T=1790770801457), "o", X="CANCELED", l="0", t=0)
    assert len(ear.hears(ORDER, ORDER, ACCOUNT, ACCOUNT, other_order, other_order)) == 3
    assert ear.hears(ORDER, ACCOUNT) == []


def test_two_fills_at_one_time_are_two() -> None:
    assert len(Ear().hears(ORDER, changed(ORDER, "o", t=698760))) == 2


@pytest.mark.parametrize(
    ("message", "marks"),
    [
        (ORDER, ["event"]),
        (changed(ACCOUNT, "a", m="FUNDING_FEE", P=...), ["event"]),
        (LEVERAGE, ["settings", "event"]),
        (EXPIRED, ["key"]),
        (LITE, []),
        ('{"result":null,"id":1}', []),
        ("not json", []),
        ("[]", []),
    ],
)
def test_what_each_message_has_read_anew(message: str, marks: list[str]) -> None:
    ear = Ear()
    ear.hears(message)
    assert ear.marks == marks


def test_a_stream_is_suspected_when_it_has_not_spoken_since_a_change_that_rest_shows() -> None:
    ear = Ear()
    ear.hears(ORDER)
    assert ear.stream.why_suspect(time.monotonic() + 100) is None
    ear.incoming.note_change(time.monotonic())
    assert ear.incoming.change is not None
    _, shown_at = ear.incoming.change
    assert ear.stream.why_suspect(shown_at + 4.9) is None
    assert ear.stream.why_suspect(shown_at + 5.1) is not None
    ear.hears(EXPIRED, LEVERAGE)
    assert ear.stream.why_suspect(shown_at + 5.1) is not None
    ear.hears(ACCOUNT)
    assert ear.stream.why_suspect(shown_at + 5.1) is None
    assert ear.incoming.change is None


def test_changes_that_follow_each_other_do_not_put_the_suspicion_off() -> None:
    ear = Ear()
    ear.incoming.note_change(time.monotonic())
    assert ear.incoming.change is not None
    _, shown_at = ear.incoming.change
    ear.incoming.note_change(time.monotonic() + 4)
    assert ear.stream.why_suspect(shown_at + 5.1) is not None
