"""What is told while the engine runs: events and prices of the streams, commands and answers in the inbox."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi.adapters.binance.incoming import Incoming
from capi.adapters.binance.streams.feed import AGE_MS_MAX, Feed
from capi.adapters.binance.streams.user import UserStream
from capi.adapters.command_file import answer_document, command_document, read_answer, read_command
from capi.adapters.fields import InputError
from capi.ports.streams import Disturbed, OrderTold, PositionTold
from tests.fuzz import scratch
from tests.fuzz.answers import check_finite, loosely
from tests.fuzz.target import Target, check_sentence
from tests.streams.test_feed import BOOK, MARK, TRADE
from tests.streams.test_feed import NOW as PRICES_AT
from tests.streams.test_user_events import (
    ACCOUNT,
    ALGO,
    EXPIRED,
    LEVERAGE,
    LITE,
    MARGIN_CALL,
    MULTI,
    NOW,
    ORDER,
    REJECT,
)

COMMAND: Final = f"{1_764_324_300_000_000_000:020d}-00c0ffee"

# events


def check_event(document: bytes) -> str:
    """A message becomes what it says, a reason to look, or nothing; hearing it twice tells it once."""
    incoming, noted = Incoming(), []
    stream = UserStream(
        "BTCUSDT", incoming, lambda: NOW, lambda: noted.append("event"), lambda: noted.append("settings"), 5.0
    )
    message = document.decode(errors="replace")
    stream.hear(message)
    told = incoming.drain()
    stream.hear(message)
    assert incoming.drain() == [], "told twice"
    for event in told:
        check_finite(event)
        match event:
            case OrderTold():
                _check_order(event, loosely(document)["o"])
            case PositionTold():
                _check_position(event, loosely(document)["a"]["P"])
            case Disturbed(reason=reason):
                assert reason.isprintable(), reason
                assert 0 < len(reason) < 400, reason
        assert noted, "something was told, and the next look keeps what it had"
    return type(told[0]).__name__ if told else "nothing"


def _check_order(event: OrderTold, told: Any) -> None:
    order, fill = event.order, event.fill
    assert order.client_order_id == told["caid" if order.kind == "algo" else "c"]
    assert order.side == told["S"]
    assert order.quantity >= 0
    assert order.filled_qty >= 0
    for price in (order.price, order.trigger_price):
        assert price is None or price > 0
    if fill is not None:
        assert fill.qty == Decimal(told["l"]) > 0
        assert fill.price == Decimal(told["L"]) > 0
        assert fill.side == order.side


def _check_position(event: PositionTold, told: Any) -> None:
    assert any(Decimal(one["pa"]) == event.qty for one in told if one["s"] == "BTCUSDT")
    assert event.entry_price is None or event.entry_price > 0


# prices


def check_prices(document: bytes) -> str:
    """Three messages, a line each: together a quote that makes sense and is young, or none."""
    feed = Feed("BTCUSDT", last_is_needed=False)
    book, mark, trade = [*document.decode(errors="replace").split("\n", 2), "", ""][:3]
    feed.hear_book(book)
    feed.hear_market(mark)
    feed.hear_market(trade)
    quote = feed.quote(PRICES_AT + 500)
    if quote is None:
        return "no prices"
    check_finite((quote.bid, quote.ask, quote.bid_qty, quote.ask_qty, quote.mark, quote.last))
    assert 0 < quote.bid < quote.ask
    assert quote.mark is not None
    assert quote.mark > 0
    assert quote.last is None or quote.last > 0
    assert quote.timestamp_ms >= PRICES_AT + 500 - AGE_MS_MAX
    return "prices"


def _three(book: object, mark: object, trade: object) -> bytes:
    market = (json.dumps({"stream": "x", "data": data}) for data in (mark, trade))
    return "\n".join((json.dumps(book), *market)).encode()


# inbox


def check_command(document: bytes) -> str:
    """A command that the file's name and the document agree on, or a sentence."""
    path = scratch.written(f"{COMMAND}.taken", document)
    try:
        command = read_command(path, COMMAND)
    except InputError as error:
        _check_spoiled(error, path)
        return "refused"
    told = loosely(document)
    assert command.name == told["command"]
    assert command.given.command == told["id"] == COMMAND
    assert command.at_ms == Decimal(told["at_ms"]) >= 0
    return command.name


def check_answer(document: bytes) -> str:
    """An answer, or a sentence."""
    path = scratch.written(f"{COMMAND}.json", document)
    try:
        answer = read_answer(path)
    except InputError as error:
        _check_spoiled(error, path)
        return "refused"
    assert answer.state in ("done", "accepted", "refused")
    return "read"


def _check_spoiled(error: InputError, path: Path) -> None:
    """What cannot be read is moved aside, and told with where it is: the cure is the inbox's."""
    check_sentence(f"{error}; give it again".replace(str(path), "the command"))


_EVENTS: Final = (
    ORDER,
    ACCOUNT,
    ALGO.replace("DOGEUSDT", "BTCUSDT"),
    LITE,
    MARGIN_CALL,
    LEVERAGE,
    MULTI,
    REJECT,
    EXPIRED,
)
_COMMANDS: Final = tuple(
    json.dumps(command_document(name, COMMAND, "a test", "tester", 1_764_324_300_000)).encode()
    for name in ("pause", "resume", "flatten")
)
_ANSWERS: Final = (json.dumps(answer_document(COMMAND, "done", "entries are paused")).encode(),)

TARGETS: Final = (
    Target(
        name="event",
        good=tuple(event.encode() for event in _EVENTS),
        check=check_event,
        outcomes=frozenset({"OrderTold", "PositionTold", "Disturbed", "nothing"}),
    ),
    Target(
        name="prices of streams",
        good=(_three(BOOK, MARK, TRADE),),
        check=check_prices,
        outcomes=frozenset({"prices", "no prices"}),
        every=2,
    ),
    Target(
        name="command",
        good=_COMMANDS,
        check=check_command,
        outcomes=frozenset({"pause", "resume", "flatten", "refused"}),
        every=2,
    ),
    Target(name="answer", good=_ANSWERS, check=check_answer, outcomes=frozenset({"read", "refused"}), every=4),
)
