"""`capi paper`: what it prints, and the sentence and status that each bad input ends with."""

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capi import bootstrap
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Fault
from capi.cli.main import app
from capi.cli.output import iso
from capi.cli.replay import invariants
from capi.cli.replay.facts import InvariantBroken
from capi.cli.replay.run import RunFolderTaken, new_run_dir
from capi.core.errors import NotAuthorised
from capi.engine.report import PassReport
from capi.settings import load_settings
from tests.adapters.prices.files import OWN, write_csv, write_zip
from tests.cli.run import run_powerless
from tests.replay.story import T0, Faulty, decision

QUOTE = f"{T0},90849.9,90850,5,5"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CAPI_")]:
        monkeypatch.delenv(name)
    write_csv(Path("p.csv"), [f"{T0 + second * 1000},90849.9,90850,5,5" for second in range(10)], OWN)
    Path("d.jsonl").write_text(f"{json.dumps(decision())}\n")
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["paper", *arguments])
    return result.exit_code, result.stdout, result.stderr


def replayed(*arguments: str) -> tuple[int, str, str]:
    return invoke("--prices", "p.csv", "--decisions", "d.jsonl", *arguments)


def refused(arguments: list[str], status: int, *said: str) -> None:
    """The command ends with one sentence that says all of this, nothing on stdout, and this status."""
    code, output, errors = invoke(*arguments)
    assert (code, output) == (status, ""), errors
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("capi: ")
    for words in said:
        assert words in lines[0]


def with_files(prices: str = "p.csv", decisions: str = "d.jsonl") -> list[str]:
    return ["--prices", prices, "--decisions", decisions]


class TestWhatItPrints:
    def test_one_json_document_and_the_journals_place(self) -> None:
        status, output, errors = replayed("--json")
        document = json.loads(output)
        assert status == 0
        assert document["ticks"] == 10
        assert (document["trades"], document["interrupted"], document["safe_mode"]) == ([], False, None)
        assert errors == f"capi: the journal is {Path('data/runs/1/journal.jsonl').resolve()}\n"

    def test_tables_for_people(self) -> None:
        status, output, _ = replayed()
        assert status == 0
        assert output.startswith("No trade was closed.\n")
        assert "replayed" in output

    def test_what_kept_decisions_out_is_told(self) -> None:
        write_csv(Path("p.csv"), [f"{T0 + second * 1000},90500,91200,5,5" for second in range(9)], OWN)
        document = json.loads(replayed("--json")[1])
        (refused_by,) = document["refused"]
        assert (refused_by["rule"], refused_by["decisions"]) == ("spread", 1)
        assert "0.05%" in refused_by["reason"]
        quality = document["execution"]
        assert (quality["decisions"], quality["decisions_tried"], quality["decisions_entered"]) == (1, 0, 0)
        lines = replayed()[1].splitlines()
        assert "decisions entered  0 of 1 long or short (0%), 0 tried" in lines
        assert [line.split(maxsplit=2) for line in lines if line.startswith("spread ")] == [
            ["spread", "1", refused_by["reason"]]
        ]

    def test_nothing_is_told_of_gates_when_none_kept_one_out(self) -> None:
        status, output, _ = replayed()
        assert (status, "not entered" in output) == (0, False)
        assert json.loads(replayed("--json")[1])["refused"] == []

    @pytest.mark.parametrize(("after_s", "warned"), [(-601, True), (-600, False), (9, False), (10, True)])
    def test_decisions_of_another_time_than_the_prices_are_warned_of(self, after_s: int, warned: bool) -> None:
        Path("d.jsonl").write_text(f"{json.dumps(decision(after_s))}\n")
        status, _, errors = replayed("--json")
        told = [line for line in errors.splitlines() if "no decision falls into the time of the prices" in line]
        assert (status, len(told)) == (0, warned)
        if warned:
            at = iso(T0 + after_s * 1000)
            assert f"(2025-11-28T10:05:00Z to 2025-11-28T10:05:09Z; the decisions: {at} to {at})" in told[0]
            assert told[0].endswith("check the dates of both files")

    def test_each_run_has_a_room_of_its_own(self) -> None:
        for number in (1, 2, 3):
            assert f"runs/{number}/journal.jsonl" in replayed("--json")[2]
        Path("data/runs/17").mkdir()
        assert "runs/18/journal.jsonl" in replayed("--json")[2]

    def test_the_bundled_market_trades(self) -> None:
        status, output, _ = invoke("--hours", "2", "--json", "--out", "o")
        assert status == 0
        assert json.loads(output)["trades"]
        assert len(Path("o/decisions.jsonl").read_text().splitlines()) == 24

    def test_safe_mode_at_the_end_is_a_status_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        paper_exchange = bootstrap.paper_exchange

        def forbidden(*arguments: Any) -> PaperExchange:
            exchange = paper_exchange(*arguments)
            exchange.faults = Faulty(lambda request: Fault(NotAuthorised(-2015, "Invalid API-key.")))
            return exchange

        monkeypatch.setattr(bootstrap, "paper_exchange", forbidden)
        status, output, _ = replayed("--json")
        assert status == 3
        assert "-2015" in json.loads(output)["safe_mode"]


class TestPrices:
    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("none.csv", None, "does not exist"),
            ("empty.csv", b"", "empty"),
            ("header.csv", f"{OWN}\n".encode(), "no row"),
            ("noise.csv", bytes(range(256)) * 9, "noise.csv"),
            ("other.csv", b"a,b,c\n1,2,3\n", "other.csv"),
            ("half.zip", b"PK\x03\x04 torn", "half.zip"),
            ("half.parquet", b"PAR1 torn", "half.parquet"),
        ],
    )
    def test_a_file_that_is_none(self, name: str, content: bytes | None, said: str) -> None:
        if content is not None:
            Path(name).write_bytes(content)
        refused(with_files(prices=name), 2, name, said)

    def test_a_directory(self) -> None:
        Path("folder").mkdir()
        refused(with_files(prices="folder"), 2, "folder", "is a directory")

    def test_no_rights(self, folder: Path) -> None:
        for name in ("p.csv", "d.jsonl", "i.json"):
            Path(name).touch(0o644)
            Path(name).chmod(0)
            instrument = ["--instrument", name] if name == "i.json" else []
            result = run_powerless(["paper", *with_files(), *instrument], folder)
            Path(name).chmod(0o644)
            assert (result.returncode, result.stdout) == (2, "")
            assert result.stderr.startswith(f"capi: {name}: ")
            assert "ermission denied" in result.stderr

    def test_no_usable_row(self) -> None:
        write_csv(Path("bad.csv"), [f"{T0},nan,90850,5,5", f"{T0 + 1},-1,90850,5,5"], OWN)
        refused(with_files(prices="bad.csv"), 2, "none of 2 rows is usable")

    def test_bad_rows_are_counted_and_told_and_cost_no_more_than_themselves(self) -> None:
        bad = ["nan,90850", "-1,90850", "0,90850", "90851,90850", "90850,90850", "x,90850"]
        rows = [f"{T0 + index},{prices},5,5" for index, prices in enumerate(bad)]
        write_csv(Path("p.csv"), [QUOTE, *rows, f"{T0 - 5},90849.9,90850,5,5", f"{T0 + 9000},90849.9,90850,5,5"], OWN)
        status, output, errors = replayed("--json")
        assert (status, json.loads(output)["ticks"]) == (0, 2)
        for said in ("2 rows with a cell that is no finite number", "2 rows with a price or quantity that is zero"):
            assert said in errors
        assert "2 rows with a crossed book" in errors
        assert "1 row older than the one before" in errors

    def test_a_zip_of_several_files_is_replayed_whole(self) -> None:
        members = {f"{n}.csv": f"{OWN}\n{T0 + n * 1000},90849.9,90850,5,5\n" for n in range(3)}
        write_zip(Path("p.zip"), members)
        status, output, _ = invoke(*with_files(prices="p.zip"), "--json")
        assert (status, json.loads(output)["ticks"]) == (0, 3)


class TestDecisions:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (None, "d2.jsonl"),
            (b"", "it is empty"),
            (b"{broken\n", "line 1"),
            (bytes(range(256)), "line 1"),
            (json.dumps(decision(symbol="ETHUSDT")).encode(), "ETHUSDT"),
        ],
    )
    def test_a_file_without_a_usable_decision(self, content: bytes | None, said: str) -> None:
        if content is not None:
            Path("d2.jsonl").write_bytes(content)
        refused(with_files(decisions="d2.jsonl"), 2, "d2.jsonl", said)

    def test_a_directory(self) -> None:
        Path("folder").mkdir()
        refused(with_files(decisions="folder"), 2, "folder")

    def test_a_broken_line_is_told_and_costs_no_more_than_itself(self) -> None:
        Path("d.jsonl").write_text(f"{{broken\n{json.dumps(decision())}\n")
        status, output, errors = replayed("--json")
        assert status == 0
        assert json.loads(output)["orders"] == 1
        assert "line 1" in errors

    @pytest.mark.parametrize(("given", "missing"), [("--prices", "--decisions"), ("--decisions", "--prices")])
    def test_one_without_the_other(self, given: str, missing: str) -> None:
        refused([given, "p.csv" if given == "--prices" else "d.jsonl"], 2, f"{missing} is missing")

    def test_what_would_do_nothing_is_refused(self) -> None:
        refused(["--instrument", "none.json"], 2, "--instrument is of a replay", "leave it out")
        refused([*with_files(), "--seed", "8"], 2, "--seed is of the bundled market", "leave it out")
        refused([*with_files(), "--hours", "6"], 2, "--hours is of the bundled market", "leave it out")


class TestConfiguration:
    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("[chase\n", "capi.toml"),
            ("chaise = 1\n", "chaise"),
            ("[chase]\nthreshold = 0.15\n", "threshold"),
            ("[paper]\nequity_usdt = -5\n", "equity_usdt"),
        ],
    )
    def test_a_broken_file(self, written: str, said: str) -> None:
        Path("capi.toml").write_text(written)
        refused(with_files(), 2, said)

    def test_a_symbol_that_nothing_is_known_of(self) -> None:
        Path("capi.toml").write_text('symbol = "NOSUCHUSDT"\n')
        refused(with_files(), 2, "NOSUCHUSDT", "--instrument")
        refused([], 2, "NOSUCHUSDT", "--prices")

    def test_an_instrument_file_that_is_none(self) -> None:
        Path("x.json").write_text("{}")
        refused([*with_files(), "--instrument", "x.json"], 2, "x.json")


class TestTheRunsFolder:
    def test_a_journal_is_there_already(self) -> None:
        assert replayed("--out", "o")[0] == 0
        before = Path("o/journal.jsonl").read_bytes()
        refused([*with_files(), "--out", "o"], 4, "capi: o already holds a journal: name another", "--out")
        assert Path("o/journal.jsonl").read_bytes() == before

    def test_of_two_runs_in_one_folder_only_one_gets_it(self) -> None:
        settings = load_settings(None, env={})
        for out in (Path("o"), None):
            room = new_run_dir(settings, out)  # before its journal is opened
            with pytest.raises(RunFolderTaken):
                new_run_dir(settings, room)
        assert new_run_dir(settings, None) != new_run_dir(settings, None)

    def test_an_empty_name_is_not_the_current_folder(self) -> None:
        refused([*with_files(), "--out", ""], 2, "--out names no folder")
        assert not Path("journal.jsonl").exists()

    def test_a_file_is_in_its_place(self) -> None:
        Path("o").write_text("")
        refused([*with_files(), "--out", "o"], 1, "capi: o: the run cannot be kept there (File exists): correct path")

    def test_it_may_not_be_written(self, folder: Path) -> None:
        Path("locked").mkdir(mode=0o555)
        for path in ("locked", "locked/o"):
            result = run_powerless(["paper", *with_files(), "--out", path], folder)
            assert (result.returncode, result.stdout) == (1, "")
            assert result.stderr == (
                f"capi: {path}: the run cannot be kept there (Permission denied): "
                "correct path or rights, or name another with --out\n"
            )

    def test_the_state_folder_cannot_be_made(self) -> None:
        Path("capi.toml").write_text('state_dir = "p.csv/state"\n')
        refused(with_files(), 1, "p.csv")

    def test_nothing_is_made_when_the_inputs_are_bad(self) -> None:
        write_csv(Path("bad.csv"), [f"{T0},nan,90850,5,5"], OWN)
        for prices in ("none.csv", "bad.csv"):
            assert invoke(*with_files(prices=prices), "--out", "o")[0] == 2
            assert not Path("o").exists()

    def test_the_disk_is_full(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, hard))
        try:
            refused([*with_files(), "--out", "o"], 1, "o/journal.jsonl: File too large, what was", "is kept", "--out")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        kept = [json.loads(line)["seq"] for line in Path("o/journal.jsonl").read_text().splitlines()]
        assert len(kept) > 2
        assert kept == list(range(1, len(kept) + 1))


def test_a_broken_invariant_is_a_bug_that_says_where_its_journal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(self: Any, report: PassReport) -> None:
        if report.at_ms > T0 + 4000:
            raise InvariantBroken(2, report.at_ms, "capi_sl_x was cancelled")

    monkeypatch.setattr(invariants.Invariants, "check", check)
    refused(
        [*with_files(), "--out", "o"],
        1,
        "invariant 2 was broken at 2025-11-28T10:05:0",
        "capi_sl_x was cancelled",
        "o/journal.jsonl",
    )
    last = json.loads(Path("o/journal.jsonl").read_text().splitlines()[-1])
    assert last["event"] == "run_ended"
    assert "invariant 2" in last["reason"]
