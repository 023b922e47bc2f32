"""Files that a person or a script writes: prices, decisions, exchangeInfo, capi.toml, decision.json itself."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Final

from capi.adapters.decision_file import FileDecisionSource
from capi.adapters.decision_replay import read_decisions_jsonl
from capi.adapters.fields import InputError
from capi.adapters.instruments import InstrumentError, read_exchange_info
from capi.adapters.prices import Candle, PricesError, Report, open_prices
from capi.cli.reading.place import plain_place
from capi.core.decision import Decision, Unusable
from capi.settings import ConfigError, load_settings
from capi.settings.written import default_toml
from tests.adapters.decision_examples import GOOD, LONG, SHORT, TIME_MS, written
from tests.adapters.prices.files import BTC, HEADERS, ROWS, write_parquet
from tests.binance import replies
from tests.fuzz import scratch
from tests.fuzz.target import Target, check_sentence
from tests.settings.samples import SAMPLES

# prices


def _tables() -> tuple[bytes, ...]:
    tables = []
    for kind, rows in ROWS.items():
        many = "\n".join(rows) + "\n"
        tables += [f"{HEADERS[kind]}\n{many}".encode()] + ([many.encode()] if kind != "quotes" else [])
    return tuple(tables)


def _zipped(*documents: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, document in enumerate(documents):
            archive.writestr(f"{number}.csv", document)
    return packed.getvalue()


def _in_parquet() -> bytes:
    path = scratch.folder() / "good.parquet"
    columns = "timestamp_ms BIGINT, bid DECIMAL(18,2), ask DOUBLE"
    return write_parquet(path, columns, ["(1723161256313, 61800.2, 61800.3)"] * 3).read_bytes()


def check_prices(document: bytes) -> str:
    """Rows in order of time, bid below ask, all above zero; or one sentence."""
    path = scratch.written("prices", document)
    try:
        prices = open_prices(path, BTC, Report())
        rows = list(prices.rows())
    except PricesError as error:
        check_sentence(str(error).replace(str(path), "prices"))
        return "refused"
    assert rows, "no row, and no sentence"
    before = 0
    for row in rows:
        if isinstance(row, Candle):
            at, numbers = row.open_ms, [row.low, row.open, row.high]
            assert row.open_ms < row.close_ms
            assert row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
        else:
            at, numbers = (
                row.timestamp_ms,
                [row.bid, row.ask, *(q for q in (row.bid_qty, row.ask_qty) if q is not None)],
            )
            assert row.bid < row.ask
        assert before <= at, f"{at} after {before}"
        assert all(number.is_finite() and number >= 0 for number in numbers), row
        before = at
    for sentence in prices.warnings:
        assert sentence.isprintable(), sentence
    return "read"


# decisions of a replay


def check_decisions(document: bytes) -> str:
    """A source whose decisions are usable or say why; or one sentence."""
    path = scratch.written("decisions.jsonl", document)
    try:
        source = read_decisions_jsonl(path, "BTCUSDT", "capi")
    except InputError as error:
        check_sentence(str(error).replace(str(path), "decisions"))
        return "refused"
    for problem in source.problems:
        check_sentence(problem.replace(str(path), "decisions"))
    now_ms: int | None = 0
    while now_ms is not None:
        received = source.latest(now_ms).decision
        if isinstance(received, Decision):
            assert received.timestamp_ms <= now_ms
        now_ms = source.next_change_ms(now_ms)
    return "read"


_LINES: Final = tuple(
    b"\n".join(lines) + b"\n"
    for lines in (
        (written(LONG), written(SHORT, timestamp_iso="2025-11-28T11:05:00Z"), GOOD["flat"]),
        (written(LONG, decision_id="a"), b"", written(LONG, decision_id="a", timestamp_iso="2025-11-28T12:00:00Z")),
    )
)


# exchangeInfo and capi.toml


def check_exchange_info(document: bytes) -> str:
    """Filters that can be computed with, or one sentence."""
    path = scratch.written("exchangeInfo.json", document)
    try:
        found = read_exchange_info(path, "BTCUSDT")
    except InstrumentError as error:
        check_sentence(str(error).replace(str(path), "exchangeInfo"))
        return "refused"
    for number in (found.tick_size, found.step_size, found.min_qty, found.min_notional):
        assert number > 0
        assert number.is_finite()
        assert abs(number.adjusted()) < 100, number
    assert 0 < found.price_band_down <= 1
    assert found.price_band_up > 0
    return "read"


def check_settings(document: bytes) -> str:
    """Settings, or a line for each problem."""
    path = scratch.written("capi.toml", document)
    plain = plain_place(path)
    try:
        settings = load_settings(path, env={})
    except ConfigError as error:
        for line in error.message.split("\n"):
            check_sentence(line.replace(str(path), "capi.toml"))
        return "refused"
    assert plain is None or plain.symbol == settings.symbol
    config = settings.core()
    ratios = (config.risk.risk_per_trade_max, config.risk.daily_drawdown_max, config.protection.emergency_stop)
    assert all(0 <= ratio <= 1 for ratio in ratios)
    assert 1 <= config.risk.leverage_max <= 125
    return "read"


def _configurations() -> tuple[bytes, ...]:
    """Return capi.toml as `capi init` writes it, and small ones of a few keys that differ from the defaults."""
    names = sorted(SAMPLES, key=lambda name: ("." in name, name))
    few = [names[at::7] for at in range(7)]
    return (default_toml().encode(), *("\n".join(_keys(part)).encode() for part in few))


def _keys(names: list[str]) -> Iterator[str]:
    """Yield a line for each key; a table's name stands before each of its keys once."""
    table = ""
    for name in names:
        head, _, key = name.rpartition(".")
        if head != table:
            table = head
            yield f"[{head}]"
        yield f"{key} = {SAMPLES[name].written}"


# decision.json, replaced while it is watched


def check_decision_file(document: bytes) -> str:
    """A good decision is in force; whatever is written over it, what is then in force is that, the new one, or flat."""
    path = scratch.written("decision.json", written(LONG))
    os.utime(path, ns=(TIME_MS * 1_000_000,) * 2)
    source = FileDecisionSource(path, "BTCUSDT", "capi")
    first = source.latest(TIME_MS)
    assert isinstance(first.decision, Decision)
    scratch.written("decision.json", document)
    os.utime(path, ns=((TIME_MS + 1000) * 1_000_000,) * 2)
    then = source.latest(TIME_MS + 1000)
    again = source.latest(TIME_MS + 2000)
    assert then == again, "the same file, another answer"
    if isinstance(then.decision, Unusable):
        check_sentence(then.decision.reason)
        return "unusable"
    if then.decision == first.decision:
        return "kept"
    assert then.decision.timestamp_ms >= first.decision.timestamp_ms or first.decision.timestamp_ms > TIME_MS + 7000
    return "replaced"


@cache
def targets() -> tuple[Target, ...]:
    """Return the targets of this page; making their good documents takes a moment."""
    tables = _tables()
    return (
        Target(name="prices", good=tables, check=check_prices, outcomes=frozenset({"refused", "read"})),
        Target(
            name="packed prices",
            good=(*(_zipped(table) for table in tables), _zipped(*tables[:1], *tables[:1])),
            check=check_prices,
            outcomes=frozenset({"refused", "read"}),
            every=4,
        ),
        Target(
            name="prices in Parquet",
            good=(_in_parquet(),),
            check=check_prices,
            outcomes=frozenset({"refused", "read"}),
            every=200,
        ),
        Target(
            name="decisions of a replay", good=_LINES, check=check_decisions, outcomes=frozenset({"refused", "read"})
        ),
        Target(
            name="exchangeInfo",
            good=(json.dumps(replies.EXCHANGE_INFO).encode(), json.dumps(replies.SYMBOL).encode()),
            check=check_exchange_info,
            outcomes=frozenset({"refused", "read"}),
        ),
        Target(
            name="capi.toml",
            good=_configurations(),
            check=check_settings,
            outcomes=frozenset({"refused", "read"}),
            every=10,
        ),
        Target(
            name="decision file",
            good=(*GOOD.values(), written(SHORT, timestamp_iso="2025-11-28T10:05:01Z")),
            check=check_decision_file,
            outcomes=frozenset({"unusable", "kept", "replaced"}),
            every=2,
        ),
    )
