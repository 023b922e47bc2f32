"""The journal becomes rows exactly once, and what cannot be projected is refused with its place and its cure."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from capi.adapters.duckdb import batch
from capi.adapters.duckdb.connection import open_read
from capi.adapters.duckdb.errors import DatabaseBroken, DatabaseOutdated
from capi.adapters.duckdb.projection import Projection
from capi.adapters.duckdb.rebuild import ensure_projected, rebuild
from capi.adapters.duckdb.schema import SCHEMA, TABLES
from capi.adapters.journal_file import MIGRATIONS, JournalCorrupt
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, live
from tests.store.journals import NOW, ask, lines, sample, samples, write


def rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the database itself, in the order of the journal."""
    with open_read(folder / "capi.duckdb") as connection:
        return {
            table.name: connection.execute(f"SELECT * FROM {table.name} ORDER BY seq").fetchall()  # noqa: S608
            for table in TABLES
        }


def project(folder: Path, batch_bytes: int = 1 << 20) -> None:
    """Project whatever is left, in batches of about so many bytes."""
    projection = Projection(folder, batch_bytes=batch_bytes)
    while projection.step().left:
        pass


def refused(folder: Path) -> str:
    """Return the sentence by which a projection is refused."""
    with pytest.raises((DatabaseBroken, JournalCorrupt)) as caught:
        Projection(folder).step()
    return str(caught.value)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A whole trade, journalled by the engine."""
    stage = Stage(tmp_path)
    live(stage, PATH)
    return stage


def test_every_event_of_a_trade_has_its_row(stage: Stage, tmp_path: Path) -> None:
    rebuild(tmp_path)
    kept = stage.kept()
    found = rows(tmp_path)
    for table in TABLES:
        if table.events and not table.where:
            made = [event["seq"] for event in kept if event["event"] in table.events]
            assert [row[0] for row in found[table.name]] == made, table.name
    loud = [event["seq"] for event in kept if event["event"] not in ("journal_opened", "equity")]
    assert [row[0] for row in found["logs"]] == loud
    assert all(message for *_, message, _ in found["logs"])
    [summary] = stage.named("trade_closed")
    query = (
        "SELECT status, side, exit_reason, qty, net_pnl, fees, r, first_sl, epoch_ms(opened_at), adopted FROM trades"
    )
    [(status, side, reason, qty, net, fees, r, first_sl, opened_ms, adopted)] = ask(tmp_path, query)
    assert (status, side, reason, adopted) == ("closed", "long", "sl", False)
    figures = (f"{qty.normalize():f}", f"{net.normalize():f}", f"{fees.normalize():f}", f"{r.normalize():f}")
    assert figures == tuple(summary[name] for name in ("qty", "net_pnl", "fees", "r"))
    assert (first_sl, opened_ms) == (89800, summary["opened_at_ms"])


def test_batches_of_any_size_make_the_same_rows(stage: Stage, tmp_path: Path) -> None:
    rebuild(tmp_path)
    at_once = rows(tmp_path)
    journal = lines(stage.path)
    for size in (1, 20_000):
        (tmp_path / "capi.duckdb").unlink()
        stage.path.write_bytes(journal[0])
        rebuild(tmp_path)
        stage.path.write_bytes(b"".join(journal[:9] if size == 1 else journal))
        project(tmp_path, size)
        stage.path.write_bytes(b"".join(journal))
        project(tmp_path)
        assert rows(tmp_path) == at_once


def test_what_is_written_later_is_added_and_nothing_twice(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    rebuild(tmp_path)
    project(tmp_path)
    write(tmp_path, samples(2, first=3))
    project(tmp_path)
    project(tmp_path)
    assert ask(tmp_path, "SELECT seq, equity FROM equity ORDER BY seq") == [(n + 2, 10_000 + n) for n in range(5)]


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(2))
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-9])
    rebuild(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2]
    journal.write_bytes(whole)
    project(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2, 3]


def test_another_journal_is_refused_and_a_rebuild_takes_it(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    rebuild(tmp_path)
    journal.write_bytes(b"".join(lines(write(tmp_path / "other", samples(6, first=100)))))
    assert "was replaced" in refused(tmp_path)
    assert "capi db rebuild" in refused(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2, 3, 4]
    rebuild(tmp_path)
    assert ask(tmp_path, "SELECT min(equity), count(*) FROM equity") == [(10_100, 6)]


def test_a_journal_that_lost_lines_is_refused(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    rebuild(tmp_path)
    journal.write_bytes(b"".join(lines(journal)[:-1]))
    said = refused(tmp_path)
    assert f"ends at byte {journal.stat().st_size}, before byte" in said
    assert "capi db rebuild" in said


@pytest.mark.parametrize(
    ("number", "spoilt", "found"),
    [
        (3, b'{"seq":3,"event":"equity","at_ms":1,"equi\n', "not JSON"),
        (3, b'{"seq":7,"event":"equity","at_ms":1}\n', "event 7 stands where event 3 belongs"),
        (4, b'{"seq":4,"at_ms":1}\n', "not an event"),
        (4, b"[4]\n", "not an event"),
        (5, b'{"seq":5,"event":"alert","reason":"\xff"}\n', "not JSON"),
    ],
)
def test_a_corrupt_line_is_named_and_its_batch_left_out(tmp_path: Path, number: int, spoilt: bytes, found: str) -> None:
    journal = write(tmp_path, samples(1))
    rebuild(tmp_path)
    kept = lines(write(tmp_path, samples(5, first=1)))
    kept[number - 1] = spoilt
    journal.write_bytes(b"".join(kept))
    said = refused(tmp_path)
    offset = len(b"".join(kept[: number - 1]))
    assert f"journal.jsonl:{number} (byte {offset}): {found}" in said
    with pytest.raises(JournalCorrupt, match=f"journal.jsonl:{number} "):
        rebuild(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2]
    assert sorted(path.name for path in tmp_path.glob("capi.duckdb*")) == ["capi.duckdb", "capi.duckdb.lock"]


def test_a_journal_of_a_later_version_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [*samples(1), {"event": "journal_opened", "at_ms": None, "schema": 9, "version": "9"}])
    whole = r"schema 9 is newer than this version's 1; run the version that wrote it$"
    with pytest.raises(JournalCorrupt, match=whole):
        rebuild(tmp_path)


@pytest.mark.parametrize("schema", [None, "1", 0, -1])
def test_a_journal_without_its_schema_is_refused(tmp_path: Path, schema: object) -> None:
    write(tmp_path, [*samples(1), {"event": "journal_opened", "at_ms": None, "schema": schema}])
    with pytest.raises(JournalCorrupt, match=r"journal\.jsonl:3 \(byte \d+\): the journal's schema is missing"):
        rebuild(tmp_path)


def test_a_text_that_looks_like_a_new_schema_is_none(tmp_path: Path) -> None:
    write(tmp_path, [sample(0, raw={"schema": 9, "x": "journal_opened"})])
    rebuild(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2]


def test_events_of_an_older_journal_are_lifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [sample(0), {"event": "journal_opened", "at_ms": None, "schema": 2, "version": "2"}, sample(1)])
    monkeypatch.setattr(batch, "JOURNAL_SCHEMA", 2)
    monkeypatch.setitem(MIGRATIONS, 1, lambda event: {**event, "wallet": "77"})
    rebuild(tmp_path)
    assert [row[3] for row in rows(tmp_path)["equity"]] == [77, None]


def test_a_later_database_is_refused_and_an_older_one_made_anew(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    with duckdb.connect(tmp_path / "capi.duckdb") as connection:
        connection.execute("UPDATE watermark SET schema = 9")
    assert (
        f"has schema 9, this version knows {SCHEMA}: run the version that wrote it, or run capi db rebuild"
        in refused(tmp_path)
    )
    with duckdb.connect(tmp_path / "capi.duckdb") as connection:
        connection.execute("UPDATE watermark SET schema = 0")
    with pytest.raises(DatabaseOutdated, match=f"schema 0, this version writes {SCHEMA}"):
        Projection(tmp_path).step()
    ensure_projected(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2, 3]


def test_a_database_without_its_watermark_is_refused(tmp_path: Path) -> None:
    write(tmp_path, samples(2))
    rebuild(tmp_path)
    with duckdb.connect(tmp_path / "capi.duckdb") as connection:
        connection.execute("DELETE FROM watermark")
    assert "has lost its watermark: run capi db rebuild" in refused(tmp_path)


def test_a_database_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, samples(1))
    with duckdb.connect(tmp_path / "capi.duckdb") as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS one")
    assert "no database of capi's: move it away" in refused(tmp_path)
    with open_read(tmp_path / "capi.duckdb") as connection:
        assert connection.execute("SELECT one FROM mine").fetchone() == (1,)


def test_figures_that_do_not_fit_are_kept_as_they_came(tmp_path: Path) -> None:
    long, large, odd = "0.12345678901234567", "12345678901234567890.5", "abc"
    write(tmp_path, [sample(0, equity=long, wallet="-1.50"), sample(1, equity=large), sample(2, equity=odd)])
    rebuild(tmp_path)
    found = ask(tmp_path, "SELECT equity::VARCHAR, wallet::VARCHAR, inexact FROM equity ORDER BY seq")
    assert [(equity, wallet) for equity, wallet, _ in found] == [
        ("0.123456789012", "-1.500000000000"),
        (None, None),
        (None, None),
    ]
    assert [json.loads(inexact) for *_, inexact in found] == [{"equity": long}, {"equity": large}, {"equity": odd}]


def test_an_event_of_a_kind_that_is_not_known_is_logged(tmp_path: Path) -> None:
    write(tmp_path, [{"event": "moon_landed", "at_ms": NOW, "crew": ["x"]}])
    rebuild(tmp_path)
    [(level, source, event, message, context)] = ask(
        tmp_path, "SELECT level, source, event, message, context FROM logs"
    )
    assert (level, source, event, message) == ("INFO", "engine", "moon_landed", "moon_landed")
    assert json.loads(context)["crew"] == ["x"]


@pytest.mark.parametrize("reason", ["half \ud800 a pair", "a \x00 byte", "quotes ' \" \\ and a\nline", "€ 😀"])
def test_no_text_holds_the_projection_up(tmp_path: Path, reason: str) -> None:
    alert = {"event": "alert", "at_ms": NOW, "level": "ERROR", "code": "c", "rule": "r", "reason": reason}
    write(tmp_path, [*samples(1), alert, *samples(1, first=1)])
    rebuild(tmp_path)
    assert [row[0] for row in rows(tmp_path)["equity"]] == [2, 4]
    shown = reason.replace("\ud800", "?")
    assert ask(tmp_path, "SELECT message, code, delivery_status, attempts FROM notifications") == [
        (shown, "c", "recorded", 0)
    ]


def test_an_impossible_time_is_none(tmp_path: Path) -> None:
    write(tmp_path, [sample(0, at_ms=10**18), sample(1, at_ms="soon")])
    rebuild(tmp_path)
    assert ask(tmp_path, "SELECT timestamp FROM equity") == [(None,), (None,)]
