"""Passing over quotes in columns changes nothing: the same journal as with every pass and every quote.

Each market is short and crowded: quotes some to a second or a minute apart, a spread that opens, touches that run thin,
jumps through stops and targets, a decision every few seconds, and whatever of the rules can be told to wait or to act.
"""

import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.prices import Batch
from capi.cli.output import iso
from capi.core.units import plain
from capi.ports.market import Quote
from capi.settings import load_settings
from tests.properties.profiles import examples
from tests.replay.in_columns import columns_of, in_batches
from tests.replay.story import T0, decision, play_both, written
from tests.replay.test_skipping import SETTINGS, UNSHRUNK

TICK: Final = Decimal("0.1")
QUOTES: Final = 110
MIDDLE: Final = 900_000  # ticks


def market(dice: Random) -> list[Quote]:
    """Draw the quotes."""
    at_ms, bid, quotes = T0, MIDDLE, list[Quote]()
    of_trades, step = dice.random() < 0.3, dice.choice((20, 60, 200))
    for _ in range(QUOTES):
        at_ms += dice.choice((0, 90, 250, 400, 1000, 1000, 1000, 2500)) if dice.randrange(40) else 70_000
        bid += dice.randrange(-step, step + 1) + (dice.randrange(-9 * step, 9 * step) if dice.randrange(25) == 0 else 0)
        ask = bid + (1 if of_trades else dice.choice((1, 1, 2, 5, 40)) if dice.randrange(20) else 900)
        last = plain((bid if dice.random() < 0.5 else ask) * TICK) if of_trades else None
        quotes.append(Quote(at_ms, plain(bid * TICK), plain(ask * TICK), _qty(dice), _qty(dice), None, last))
    return quotes


def _qty(dice: Random) -> Decimal | None:
    if dice.randrange(30) == 0:
        return None
    return plain(Decimal(dice.randrange(1, 30) if dice.randrange(6) == 0 else dice.randrange(500, 9000)).scaleb(-3))


def decisions(dice: Random, quotes: list[Quote]) -> list[dict[str, Any]]:
    """Draw decisions around the prices of their time."""
    return [_decision(dice, quote) for quote in quotes[:: dice.choice((6, 12, 25))]]


def _decision(dice: Random, now: Quote) -> dict[str, Any]:
    made: dict[str, Any] = {"timestamp_iso": iso(now.timestamp_ms), "confidence": dice.choice((0.3, 0.8))}
    if dice.randrange(5) == 0:
        return decision(action="flat", entry_zone=None, sl=None, tp1=None, tp2=None, **made)
    sign = dice.choice((1, -1))
    middle = now.bid - sign * dice.choice((0, 5, 20, 90))
    half, risk = dice.choice((8, 30)), dice.choice((20, 60, 150))
    return decision(
        action="long" if sign == 1 else "short",
        entry_zone=[float(middle - half), float(middle + half)],
        sl=float(middle - sign * (half + risk)),
        tp1=float(middle + sign * (half + risk)),
        tp2=float(middle + sign * (half + 2 * risk)),
        **made,
    )


def played(drawn: dict[str, dict[str, Any]], seed: int) -> None:
    """Play one market in both ways; raises when the journals differ."""
    dice = Random(seed)
    quotes = market(dice)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = written(folder, decisions(dice, quotes))

        def batches(_: PaperExchange, every_pass: bool) -> Iterable[Batch]:
            return [list(quotes)] if every_pass else in_batches(quotes, TICK, Random(seed))

        play_both(folder, batches, lines, load_settings(None, drawn, env={}))


@given(drawn=SETTINGS, seed=st.integers(0, 999_999))
@settings(examples(500), phases=UNSHRUNK)
def test_columns_are_passed_over_without_a_trace(drawn: dict[str, dict[str, Any]], seed: int) -> None:
    played(drawn, seed)


def test_columns_give_back_the_quotes() -> None:
    quotes = market(Random(3))
    columns = columns_of(quotes, TICK)
    assert [columns.quote(row) for row in range(len(columns))] == quotes
