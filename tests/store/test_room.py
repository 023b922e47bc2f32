"""One look at a folder: the database and the journal's tail as one, and the journal alone when it has to be."""

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from capi.adapters.duckdb import room as room_module
from capi.adapters.duckdb.batch import Batch, store
from capi.adapters.duckdb.columns import Table
from capi.adapters.duckdb.connection import DATABASE_NAME, open_read
from capi.adapters.duckdb.errors import DatabaseHeld, StoreError
from capi.adapters.duckdb.projection import Projection
from capi.adapters.duckdb.rebuild import rebuild
from capi.adapters.duckdb.room import open_room
from capi.adapters.duckdb.schema import TABLES
from capi.adapters.duckdb.views import VIEWS
from capi.adapters.journal_file import JournalCorrupt
from tests.engine.stage import Stage
from tests.engine.test_restart import PATH, live
from tests.store.journals import NOW, ask, lines, samples, write

EVERYTHING = tuple(table.name for table in TABLES) + tuple(VIEWS)


def seen(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that a look sees."""
    with open_room(folder) as room:
        return {
            name: room.connection.execute(f"SELECT * FROM {name} ORDER BY seq").fetchall()  # noqa: S608
            for name in EVERYTHING
        }


def test_it_sees_the_same_wherever_the_database_ends(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    live(stage, PATH)
    whole = stage.path.read_bytes()
    from_journal = seen(tmp_path)
    assert from_journal["trades"]
    for share in (2, 1):
        stage.path.write_bytes(b"".join(lines(stage.path)[: -len(lines(stage.path)) * (share - 1) // share or None]))
        rebuild(tmp_path)
        stage.path.write_bytes(whole)
        with open_room(tmp_path) as room:
            assert room.warning is None
            assert room.mark.offset == len(whole)
        assert seen(tmp_path) == from_journal


def test_a_database_that_is_missing_is_said_and_done_without(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    with open_room(tmp_path, "equity") as room:
        assert room.connection.execute("SELECT count(*) FROM equity").fetchone() == (3,)
        assert room.mark.seq == 4
        assert "there is no database yet: run capi db rebuild" in (room.warning or "")


def test_a_database_that_is_damaged_is_said_and_done_without(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    (tmp_path / DATABASE_NAME).write_bytes(b"nothing" * 5000)
    with open_room(tmp_path, "equity") as room:
        assert room.connection.execute("SELECT count(*) FROM equity").fetchone() == (3,)
        assert "run capi db rebuild" in (room.warning or "")


def test_a_database_of_another_journal_is_said_and_done_without(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    rebuild(tmp_path)
    journal.unlink()
    write(tmp_path, samples(5, first=10))
    with open_room(tmp_path, "equity") as room:
        assert room.connection.execute("SELECT min(equity) FROM equity").fetchone() == (10_010,)
        assert "was replaced" in (room.warning or "")


def test_only_what_is_asked_for_is_there(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    with open_room(tmp_path, "trades", "order_states") as room:
        found = room.connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert sorted(name for (name,) in found) == ["order_states", "trade_states", "trades"]


def test_it_ends_although_the_journal_grows_under_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, samples(3))
    grown = 0

    def store_and_grow(connection: DuckDBPyConnection, batch: Batch, tables: Sequence[Table]) -> int:
        nonlocal grown
        grown += 1
        assert grown < 10
        write(tmp_path, samples(1, first=2 + grown))
        return store(connection, batch, tables)

    monkeypatch.setattr(room_module, "store", store_and_grow)
    assert ask(tmp_path, "SELECT count(*) FROM equity") == [(3,)]


def test_half_a_line_is_not_there_yet(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    journal.write_bytes(journal.read_bytes()[:-4])
    assert ask(tmp_path, "SELECT count(*) FROM equity") == [(2,)]


def test_a_corrupt_line_past_the_database_is_named_and_the_database_answers(tmp_path: Path) -> None:
    journal = write(tmp_path, samples(3))
    rebuild(tmp_path)
    journal.write_bytes(journal.read_bytes() + b"nonsense\n")
    with open_room(tmp_path) as room:
        assert room.warning is None
        assert room.damage is not None
        assert "journal.jsonl:5 (byte " in room.damage
        assert room.connection.execute("SELECT count(*) FROM equity").fetchall() == [(3,)]
    with pytest.raises(JournalCorrupt, match=r"journal\.jsonl:5 \(byte "), open_room(tmp_path, journal_alone=True):
        pass


def test_a_directory_in_the_place_of_the_database(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    (tmp_path / DATABASE_NAME).mkdir()
    with open_room(tmp_path) as room:
        assert room.warning is not None
        assert "is a directory: remove it" in room.warning


def test_a_folder_with_a_quote_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    write(folder, samples(3))
    rebuild(folder)
    with open_room(folder) as room:
        assert room.warning is None


def test_while_a_writer_has_the_file_readers_are_patient_and_then_say_so(tmp_path: Path) -> None:
    write(tmp_path, samples(3))
    rebuild(tmp_path)
    ours, theirs = multiprocessing.get_context("fork").Pipe()

    def hold() -> None:
        with duckdb.connect(tmp_path / DATABASE_NAME):
            theirs.send_bytes(b"open")
            theirs.recv_bytes()

    process = multiprocessing.get_context("fork").Process(target=hold, daemon=True)
    process.start()
    assert ours.recv_bytes() == b"open"
    with pytest.raises(DatabaseHeld, match="another program"), open_read(tmp_path / DATABASE_NAME, 0.05):
        pass
    with open_room(tmp_path, "equity", patience_seconds=0.05) as room:
        assert room.connection.execute("SELECT count(*) FROM equity").fetchone() == (3,)
        assert "another program" in (room.warning or "")
    with pytest.raises(DatabaseHeld):
        Projection(tmp_path).step()
    ours.send_bytes(b"go")
    with open_read(tmp_path / DATABASE_NAME) as connection:  # waits until the writer is gone
        assert connection.execute("SELECT count(*) FROM equity").fetchone() == (3,)
    process.join()


def test_reading_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError), open_read(tmp_path / DATABASE_NAME):
        pass
    assert not (tmp_path / DATABASE_NAME).exists()


def test_example_queries_run(tmp_path: Path) -> None:
    alert = {"event": "alert", "at_ms": NOW, "level": "ERROR", "code": "c", "rule": "r", "reason": "why"}
    write(tmp_path, [alert])
    for query in example_queries():
        ask(tmp_path, query)


def example_queries() -> list[str]:
    """Return the queries that docs/database.md shows."""
    text = (Path(__file__).parents[2] / "docs" / "database.md").read_text()
    return [part.split("```")[0] for part in text.split("```sql\n")[1:]]


def test_every_table_and_column_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "database.md").read_text()
    for table in TABLES:
        section = text.split(f"**`{table.name}`**")
        assert len(section) == 2, table.name
        told = section[1].split("\n\n**`")[0]
        missing = [name for name in table.names[2:] if name != "inexact" and f"`{name}`" not in told]
        assert missing == [], table.name
