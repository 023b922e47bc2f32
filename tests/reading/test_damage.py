"""What is damaged, lost or held is said with its cure, and answered from what is left."""

from pathlib import Path

import duckdb
import pytest

from tests.reading.asking import PAPER, ask, refused
from tests.reading.stage import ShownStage


def spoilt(whole: bytes, bad: str) -> bytes:
    """The bytes of a database, spoilt."""
    return {
        "flipped": whole[:4100] + bytes(byte ^ 0xFF for byte in whole[4100:4200]) + whole[4200:],
        "cut": whole[:5000],
        "empty": b"",
        "text": b"not a database\n" * 1000,
    }[bad]


@pytest.mark.parametrize("command", ["orders", "trades", "logs"])
def test_without_a_database_the_journal_answers_the_same(traded: ShownStage, command: str) -> None:
    expected = ask(command, *PAPER)
    (traded.room / "capi.duckdb").unlink()
    document = ask(command, *PAPER, warned="there is no database yet: run capi db rebuild")
    assert (expected["source"], document["source"]) == ("database", "journal")
    assert document[command] == expected[command] != []


@pytest.mark.parametrize("bad", ["flipped", "cut", "empty", "text"])
def test_a_damaged_database_leaves_the_journal(traded: ShownStage, bad: str) -> None:
    database = traded.room / "capi.duckdb"
    database.write_bytes(spoilt(database.read_bytes(), bad))
    document = ask("orders", "--open", *PAPER, warned="capi db rebuild")
    assert len(document["orders"]) == 3


def test_damage_that_a_query_meets_leaves_the_journal(traded: ShownStage) -> None:
    database = traded.room / "capi.duckdb"
    whole = bytearray(database.read_bytes())
    for index in range(whole.index(b"capi_sl_"), len(whole), 4096):
        whole[index] ^= 0xFF
    database.write_bytes(whole)
    document = ask("orders", "--open", *PAPER, warned="capi db rebuild")
    assert len(document["orders"]) == 3


def test_a_newer_database_leaves_the_journal(traded: ShownStage) -> None:
    with duckdb.connect(traded.room / "capi.duckdb") as connection:
        connection.execute("UPDATE watermark SET schema = 99")
    document = ask("orders", "--open", *PAPER, warned="has schema 99")
    assert len(document["orders"]) == 3


def test_a_replaced_journal_is_not_mixed_with_the_old_ones_database(traded: ShownStage) -> None:
    traded.path.unlink()
    traded.kill()
    traded.begin()
    traded.run()
    document = ask("trades", *PAPER, warned="it was replaced")
    assert document["source"] == "journal"


def test_a_torn_tail_is_no_event_yet(traded: ShownStage) -> None:
    before = ask("logs", *PAPER)["logs"]
    with traded.path.open("ab") as file:
        file.write(b'{"seq":1000,"event":"ale')
    assert ask("logs", *PAPER)["logs"] == before


@pytest.mark.parametrize("command", ["orders", "trades", "logs"])
def test_a_corrupt_line_past_the_watermark_is_named_and_the_database_answers(traded: ShownStage, command: str) -> None:
    count, before = len(traded.kept()), ask(command, *PAPER)
    with traded.path.open("ab") as file:
        file.write(b"rubbish\n")
    document = ask(command, *PAPER, warned=f"journal.jsonl:{count + 1} (byte")
    assert (document["source"], document[command]) == ("database", before[command])
    (traded.room / "capi.duckdb").unlink()
    refused(1, f"journal.jsonl:{count + 1} (byte", command, *PAPER)


@pytest.mark.parametrize("command", ["orders", "trades", "logs"])
def test_a_limit_that_is_no_limit(traded: ShownStage, command: str) -> None:
    refused(2, "--limit", command, *PAPER, "--limit", "9223372036854775807")
    assert ask(command, *PAPER, "--limit", "1000000000")[command]


@pytest.mark.parametrize("command", ["status", "orders", "trades", "logs"])
def test_nothing_was_recorded_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    refused(1, "nothing was recorded yet; start the engine with capi run", command)
    (tmp_path / "data" / "runs" / "1").mkdir(parents=True)
    (tmp_path / "data" / "runs" / "1" / "journal.jsonl").touch()
    refused(1, "nothing was recorded yet; replay something with capi paper", command, "--run", "1")


def test_a_file_in_the_place_of_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").write_text("")
    refused(1, "nothing was recorded yet", "orders")
    refused(1, "nothing was recorded yet", "status")


def test_the_configuration_says_whose_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "there" / "my.toml"
    config.parent.mkdir()
    config.write_text('symbol = "ETHUSDT"\nstate_dir = "kept"\n[exchange]\nenvironment = "mainnet"\n')
    refused(1, "there/kept/mainnet/ETHUSDT/journal.jsonl: nothing was", "orders", "--config", "there/my.toml")
    config.write_text("symbol = 5\n")
    refused(2, "symbol", "orders", "--config", "there/my.toml")
