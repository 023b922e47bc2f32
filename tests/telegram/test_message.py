"""The form of a message: `[LEVEL] [SOURCE] [CODE]`, time, details, context, advice; never longer than is taken."""

import re
from typing import Any

import pytest

from capi.adapters.telegram.message import LENGTH_MAX, text_of
from capi.adapters.telegram.outbox import Group, Message, Told
from capi.core.alert_codes import CODES
from capi.ports.alerts import Context
from tests.telegram.test_outbox import AT


def told(text: str = "long 0.013 stood without a stop: it is restored", **changes: Any) -> Told:
    """An alert with all that it can have."""
    context = Context(source="protect_position", symbol="BTCUSDT", price="76890.1", side="long", decision_id="d1",
                      order_id="capi_sl_d1")  # fmt: skip
    base: dict[str, Any] = {
        "level": "CRITICAL",
        "code": "missing_stop",
        "text": text,
        "at_ms": AT,
        "context": context,
    }
    return Told(**(base | changes))


def group(*alerts: Told) -> Group:
    """The same event so often."""
    made = Group(first=alerts[0], last=alerts[0])
    for one in alerts:
        made.add(one)
    return made


def length(text: str) -> int:
    """Its length as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def test_a_message_has_its_five_parts_in_order() -> None:
    assert text_of(Message(kind="single", groups=(group(told()),))) == (
        "[CRITICAL] [protect_position] [missing_stop]\n"
        "2025-11-28 10:05:00 UTC\n"
        "long 0.013 stood without a stop: it is restored\n"
        "symbol BTCUSDT, price 76890.1, side long, decision d1, order capi_sl_d1\n"
        f"What to do: {CODES['missing_stop'].advice}"
    )


def test_what_is_not_known_is_left_out() -> None:
    about = Context(source="engine", symbol="BTCUSDT")
    text = text_of(Message(kind="single", groups=(group(told(context=about, code="a_later_code")),)))
    assert text.splitlines()[3:] == ["symbol BTCUSDT"]


def test_a_late_one_says_so_and_shows_its_own_time() -> None:
    text = text_of(Message(kind="single", groups=(group(told(is_late=True)),)))
    assert text.splitlines()[1] == "2025-11-28 10:05:00 UTC (late: an earlier run could not send it)"


def test_a_repeat_says_how_often_and_within_which_time() -> None:
    again = group(told(at_ms=AT + 1000), told("worse", at_ms=AT + 31_000))
    assert text_of(Message(kind="repeat", groups=(again,))).splitlines()[1:5] == [
        "2025-11-28 10:05:31 UTC",
        "worse",
        "symbol BTCUSDT, price 76890.1, side long, decision d1, order capi_sl_d1",
        "×2 more within 30 s",
    ]


def test_a_digest_has_a_head_and_a_block_for_each() -> None:
    failed = told("no route", level="ERROR", code="look_failed", at_ms=AT + 5000)
    text = text_of(Message(kind="digest", groups=(group(told(level="WARNING"), told(level="WARNING")), group(failed))))
    assert text.splitlines() == [
        "[ERROR] [capi] [digest]",
        "3 alerts since 2025-11-28 10:05:00 UTC:",
        "",
        "[WARNING] [protect_position] [missing_stop] ×2",
        "2025-11-28 10:05:00 UTC long 0.013 stood without a stop: it is restored",
        "symbol BTCUSDT, price 76890.1, side long, decision d1, order capi_sl_d1",
        "",
        "[ERROR] [protect_position] [look_failed]",
        "2025-11-28 10:05:05 UTC no route",
        "symbol BTCUSDT, price 76890.1, side long, decision d1, order capi_sl_d1",
    ]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a_b *c* [d](e) `f` <g> & \\", "a_b *c* [d](e) `f` <g> & \\"),
        ("two\nlines\tand \x1b[31mred\x00", "two lines and  [31mred "),
        ("half \ud800 a pair", "half   a pair"),
        ("Stopp übersprungen € 😀", "Stopp übersprungen € 😀"),
    ],
)
def test_whatever_was_written_is_one_line_of_plain_text(said: str, shown: str) -> None:
    text = text_of(Message(kind="single", groups=(group(told(said)),)))
    assert text.splitlines()[2] == shown
    text.encode()


@pytest.mark.parametrize("letter", ["x", "€", "😀"])
@pytest.mark.parametrize("many", [1, 2, 60])
def test_no_message_is_longer_than_telegram_takes(letter: str, many: int) -> None:
    groups = tuple(group(told(letter * 10_000, code=f"code{number}")) for number in range(many))
    text = text_of(Message(kind="single" if many == 1 else "digest", groups=groups))
    assert length(text) <= LENGTH_MAX
    assert text.startswith("[CRITICAL] [")
    assert " …" in text
    assert (re.search(r"\n\nand [1-9][0-9]? other events: capi logs shows them$", text) is not None) == (many == 60)
