"""A replay told step by step: quotes, and between them what people and bad days do to the account.

Everything is the real thing: driver, engine, rules, journal file, paper exchange. The invariants are checked after
every pass, and each story is played twice, skipping passes and running all of them: both must have the same journal.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi import bootstrap
from capi.adapters.decision_replay import read_decisions_jsonl
from capi.adapters.journal_file import JOURNAL_NAME
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Fault
from capi.adapters.prices import Batch
from capi.cli.output import iso
from capi.cli.replay.driver import Replay
from capi.cli.replay.invariants import Invariants
from capi.ports.exchange import Request
from capi.ports.market import Quote
from capi.settings import Settings, load_settings
from tests.replay.told import Told

D = Decimal
T0: Final = 1_764_324_300_000  # 2025-11-28T10:05:00Z, when the first decision is made
TICK: Final = D("0.1")
MIDDLE: Final = D(90800)  # of the zone, and the mirror's axis

Step = Quote | Callable[[PaperExchange], object]


def decision(after_s: int = 0, action: str = "long", **changes: Any) -> dict[str, Any]:
    """Return the example decision, made `after_s` seconds after the first; a short is the long's mirror."""
    base: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "timestamp_iso": iso(T0 + after_s * 1000),
        "action": action,
        "entry_zone": [90700, 90900],
        "sl": 89800,
        "tp1": 92200,
        "tp2": 93500,
        "position_size_usdt": 1000,
        "leverage": 3,
        "confidence": 0.76,
    }
    if action == "short":
        base |= {key: int(2 * MIDDLE) - base[key] for key in ("sl", "tp1", "tp2")}
    if action == "flat":
        base |= {"entry_zone": None, "sl": None, "tp1": None, "tp2": None, "position_size_usdt": 0, "leverage": 0}
    return base | changes


class Market:
    """Writes quotes: the price is the ask, the bid a tick below; `mirrored`, at the middle of the zone."""

    def __init__(self, *, mirrored: bool = False) -> None:
        self.at_ms = T0
        self._mirrored = mirrored
        self._last = D(90850)

    def stay(self, seconds: int) -> list[Step]:
        """Stay at the price for some seconds, a quote each."""
        return [self._quote(self._last) for _ in range(seconds)]

    def go(self, price: int | str, seconds: int = 1, **fields: Decimal | None) -> list[Step]:
        """Jump to a price and stay there."""
        self._last = D(price)
        return [self._quote(self._last, **fields) for _ in range(seconds)]

    def _quote(self, ask: Decimal, **fields: Decimal | None) -> Quote:
        self.at_ms += 1000
        bid = ask - TICK
        if self._mirrored:
            bid, ask = 2 * MIDDLE - ask, 2 * MIDDLE - bid
        return Quote(self.at_ms - 1000, bid, ask, **({"bid_qty": D(5), "ask_qty": D(5)} | fields))


@dataclass
class Faulty:
    """`Faults` by a rule. `lag`: how many looks show the position as it was before a change."""

    rule: Callable[[Request], Fault | None] = lambda request: None
    lag: int = 0

    def on_request(self, request: Request) -> Fault | None:
        """Return what the rule says."""
        return self.rule(request)

    def position_lag(self) -> int:
        """Return the lag."""
        return self.lag


def tell(
    folder: Path,
    steps: Iterable[Step],
    *,
    decisions: Iterable[dict[str, Any]] = (),
    faults: Callable[[], Faulty] | None = None,
    **tables: dict[str, Any],
) -> Told:
    """Play a story in both ways and return what the skipping one left. `tables`: those of capi.toml."""
    told, lines = list(steps), written(folder, list(decisions) or [decision()])
    return play_both(
        folder, lambda exchange, _: _rows(exchange, told), lines, load_settings(None, tables, env={}), faults
    )


def written(folder: Path, decisions: Iterable[dict[str, Any]]) -> Path:
    """Write decisions, one a line."""
    path = folder / "decisions.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in decisions))
    return path


def play_both(
    folder: Path,
    batches: Callable[[PaperExchange, bool], Iterable[Batch]],
    decisions: Path,
    settings: Settings,
    faults: Callable[[], Faulty] | None = None,
) -> Told:
    """Play batches with and without skipping, compare the journals, and return what skipping left.

    `batches` is told whether every pass is run.
    """
    skipping, every = (
        _play(folder / name, batches, decisions, settings, faults, every_pass=name == "every")
        for name in ("skipping", "every")
    )
    kept = [[_kept(event) for event in one.events if event["event"] != "pass"] for one in (skipping, every)]
    assert kept[0] == kept[1], "leaving passes out has changed the story"
    return skipping


def _kept(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "seq"}


def _play(
    folder: Path,
    batches: Callable[[PaperExchange, bool], Iterable[Batch]],
    decisions: Path,
    settings: Settings,
    faults: Callable[[], Faulty] | None,
    *,
    every_pass: bool,
) -> Told:
    folder.mkdir()
    exchange = bootstrap.paper_exchange(settings, bootstrap.paper_instrument(settings, None), 0)
    exchange.faults = None if faults is None else faults()
    config = settings.core()
    with bootstrap.replay_journal(folder) as journal:
        source = read_decisions_jsonl(decisions, settings.symbol, settings.id_prefix)
        engine = bootstrap.paper_engine(exchange, source, journal, settings, collect_bounds=not every_pass)
        run = Replay(
            exchange=exchange,
            engine=engine,
            decisions=source,
            interval_ms=int(settings.loop.interval_seconds * 1000),
            delay_ms=settings.paper.delay_ms,
            every_pass=every_pass,
            on_pass=Invariants(exchange, config).check,
        )
        run.run(batches(exchange, every_pass))
        engine.end("the story is told")
    return Told(folder / JOURNAL_NAME, exchange, run.passes)


def _rows(exchange: PaperExchange, steps: list[Step]) -> Iterator[Batch]:
    """Yield the quotes one by one. What is done by hand falls between two passes of the grid; it is seen 1 ms later."""
    last: Quote | None = None
    for step in steps:
        if isinstance(step, Quote):
            last = step
            yield [last]
            continue
        assert last is not None, "a story begins with a quote"
        yield [replace(last, timestamp_ms=last.timestamp_ms + 400)]
        step(exchange)
        last = replace(last, timestamp_ms=last.timestamp_ms + 401)
        yield [last]
