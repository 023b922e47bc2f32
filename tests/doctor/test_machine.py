"""What is broken on this machine: disk, journal, database, decision file, configuration, and the checks themselves."""

import json
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from capi.adapters.instance_lock import instance_lock
from capi.adapters.journal_file import FileJournal
from capi.cli.doctor import machine
from capi.cli.doctor.examine import Check, examine
from capi.cli.doctor.finding import Finding, green
from tests.doctor.calling import Told, doctor, user
from tests.live.stage import Setting, prepared
from tests.serve.served import Served, served


@pytest.fixture(name="venue")
def _venue() -> Iterator[Served]:
    with served() as venue:
        yield venue


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow past its first byte, as on a disk without space."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def with_journal(venue: Served, folder: Path, change: Callable[[Path], object]) -> Told:
    """Check a room whose journal was changed."""
    setting = prepared(venue, folder, lambda run: run.looks())
    change(setting.room / "journal.jsonl")
    setting.decide()
    return doctor(setting)


def test_a_full_disk(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    with full_disk():
        told = doctor(setting)
    assert told["disk"]["status"] == "red"
    assert "File too large" in told["disk"]["found"]
    assert "free some space" in told["disk"]["cure"]
    assert told["order_path"]["status"] == "green"


def test_a_file_where_the_folders_should_be(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    (setting.folder / "file").touch()
    told = doctor(setting, CAPI_STATE_DIR="file", CAPI_LOG_DIR="file")
    assert told["disk"]["status"] == "red"
    assert "Not a directory" in told["disk"]["found"]
    assert told["logs"]["status"] == "yellow"


def test_a_slow_disk(venue: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_sync_times_ms", lambda folder: [11.0, 12.0, 40.0])
    told = doctor(user(venue, tmp_path))
    assert told["disk"]["status"] == "yellow"
    assert "fdatasync 12.0 ms, at worst 40.0 ms: slow" in told["disk"]["found"]


def test_nothing_is_left_behind(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    before = set(setting.folder.rglob("*"))
    doctor(setting)
    assert set(setting.folder.rglob("*")) == before


def test_a_journal_that_is_damaged(venue: Served, tmp_path: Path) -> None:
    def damage(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], b"no json\n", *lines[2:]]))

    told = with_journal(venue, tmp_path, damage)
    assert told["journal"]["status"] == "red"
    assert "journal.jsonl" in told["journal"]["found"]
    assert "move the file away" in told["journal"]["cure"]


def test_a_journal_that_a_crash_cut(venue: Served, tmp_path: Path) -> None:
    told = with_journal(venue, tmp_path, lambda path: path.write_bytes(path.read_bytes()[:-5]))
    assert told["journal"]["status"] == "yellow"
    assert "cut the last line short" in told["journal"]["found"]
    assert told.status == 0


def test_a_journal_that_leads_to_nothing(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.room.mkdir(parents=True)
    (setting.room / "journal.jsonl").symlink_to(tmp_path / "unmounted" / "journal.jsonl")
    told = doctor(setting)["journal"]
    assert (told["status"], "a link to what is not there" in told["found"]) == ("red", True)
    assert setting.capi("run", "--once").exit_code == 1


def test_a_log_that_cannot_be_written(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    (setting.folder / "logs" / "engine.log").mkdir(parents=True)
    told = doctor(setting)
    assert told["logs"]["status"] == "yellow"
    assert "engine.log: cannot be written" in told["logs"]["found"]
    assert told.status == 0


def test_a_journal_that_was_moved_away_under_an_engine(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.room.mkdir(parents=True)
    assert doctor(setting)["journal"]["status"] == "green"  # before the first start
    with instance_lock(setting.room):
        told = doctor(setting)["journal"]
    assert told["status"] == "yellow"
    assert "moved away or deleted under the engine" in told["found"]
    assert "move it back" in told["cure"]


def test_a_ledger_of_another_account(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    assert setting.capi("run", "--cycles", "2").exit_code == 0
    told = doctor(setting)
    assert told["account"]["found"].endswith("as in the ledger")
    path = setting.room / "journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    alias = next(event["alias"] for event in map(json.loads, lines) if event["event"] == "account")
    path.write_text("".join(line.replace(f'"{alias}"', '"Other"') for line in lines))
    told = doctor(setting)
    assert told["account"]["status"] == "red"
    assert told["account"]["cure"].startswith("use the key of Other")


def test_an_exchange_that_asked_an_engine_for_silence_is_not_asked(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.room.mkdir(parents=True)
    with FileJournal(setting.room / "journal.jsonl", durable=False) as journal:
        now_ms = int(time.time() * 1000)
        journal.append({"event": "silence", "at_ms": now_ms, "until_ms": now_ms + 60_000})
    told = doctor(setting)
    assert told["exchange"]["status"] == "red"
    assert "wants silence until" in told["exchange"]["found"]
    assert venue.control("GET", "requests")["requests"] == []


def test_a_database_that_somebody_holds(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.decide(action="flat")
    assert setting.capi("run", "--cycles", "2").exit_code == 0
    assert doctor(setting)["database"]["found"].endswith("0 bytes behind the journal")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # another process: in one, DuckDB shares the file
        with duckdb.connect(setting.room / "capi.duckdb"):
            os.write(writer, b"x")
            signal.pause()
        os._exit(0)
    try:
        os.read(reader, 1)
        told = doctor(setting)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)
    assert told["database"]["status"] == "yellow"
    assert "another program has the database open" in told["database"]["found"]


def test_a_database_of_another_journal(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    assert setting.capi("run", "--cycles", "2").exit_code == 0
    (setting.room / "journal.jsonl").write_bytes(b"")
    told = doctor(setting)
    assert told["database"]["status"] == "yellow"
    assert "capi db rebuild" in told["database"]["found"]


def test_an_engine_that_runs_is_said_and_not_disturbed(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.room.mkdir(parents=True)
    with instance_lock(setting.room):
        told = doctor(setting)
    assert told["engine"] == {
        "name": "engine",
        "status": "green",
        "found": f"runs here: process {os.getpid()}; another one would be refused",
        "cure": None,
    }


def test_a_lock_that_cannot_be_taken_keeps_an_engine_from_starting(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    (setting.room / "lock").mkdir(parents=True)
    told = doctor(setting)
    assert told.status == 1
    assert told["engine"]["status"] == "red"
    assert "cannot be locked" in told["engine"]["found"]


def test_what_cannot_be_looked_at_is_not_absent(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    setting.room.mkdir(parents=True)
    for name in ("journal.jsonl", "capi.duckdb"):
        (setting.room / name).symlink_to(name)  # stands for a room without rights, which a test of root cannot have
    told = doctor(setting)
    assert told["journal"]["status"] == "red"
    assert "cannot be read (Too many levels of symbolic links)" in told["journal"]["found"]
    assert told["database"]["status"] == "yellow"


def decision_of(venue: Served, folder: Path, write: Callable[[Setting, Path], object]) -> dict[str, str]:
    """Return what is said of a decision file."""
    setting = user(venue, folder)
    write(setting, setting.folder / "data" / "decision.json")
    told = doctor(setting)
    assert told.status == 0  # an engine guards without a decision
    return told["decision_file"]


def test_a_decision_that_is_torn(venue: Served, tmp_path: Path) -> None:
    said = decision_of(venue, tmp_path, lambda _, path: path.write_text(path.read_text()[:40]))
    assert said["status"] == "yellow"
    assert "waiting for the whole of it" in said["found"]
    assert "capi decision validate" in said["cure"]


def test_a_decision_that_is_stale(venue: Served, tmp_path: Path) -> None:
    hours_ago = int(time.time() * 1000) - 7_200_000
    said = decision_of(venue, tmp_path, lambda setting, _: setting.decide(at_ms=hours_ago))
    assert said["status"] == "yellow"
    assert "loop.decision_age_seconds_max (600)" in said["found"]
    assert "writer" in said["cure"]


def test_a_decision_from_tomorrow(venue: Served, tmp_path: Path) -> None:
    tomorrow = int(datetime.now(UTC).timestamp() * 1000) + 86_400_000
    said = decision_of(venue, tmp_path, lambda setting, _: setting.decide(at_ms=tomorrow))
    assert said["status"] == "yellow"
    assert "clock" in said["cure"]


def test_a_decision_that_is_not_there(venue: Served, tmp_path: Path) -> None:
    said = decision_of(venue, tmp_path, lambda _, path: path.unlink())
    assert said["status"] == "yellow"
    assert "no such file" in said["found"]


def test_a_configuration_that_cannot_be_used(venue: Served, tmp_path: Path) -> None:
    setting = user(venue, tmp_path)
    with (setting.folder / "capi.toml").open("a") as file:
        file.write("[risk]\nleverage_maximum = 3\n")
    told = doctor(setting)
    assert told.status == 2
    assert [one["name"] for one in told.document["checks"]] == ["configuration"]
    assert "leverage_maximum" in told["configuration"]["found"]


def test_people_get_a_line_a_check_and_the_cure_below(venue: Served, tmp_path: Path) -> None:
    venue.control("POST", "account", hedge=True)
    result = user(venue, tmp_path).capi("doctor")
    lines = result.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("red     position_mode   the account is"))
    assert lines[at + 1].strip().startswith("-> switch it to one-way mode")
    assert lines[-1].endswith("4 yellow, 1 red")
    assert "\x1b" not in result.stdout
    with pytest.raises(json.JSONDecodeError):
        json.loads(result.stdout)


def test_a_check_that_fails_is_a_finding() -> None:
    secret = "the-secret-in-an-exception"

    def fails() -> Finding:
        raise ValueError(secret)

    finding = examine(Check("odd", fails))
    assert finding.status == "red"
    assert "ValueError at test_machine.py" in finding.found
    assert secret not in finding.found


def test_a_check_that_hangs_is_a_finding() -> None:
    ended = threading.Event()

    def hangs() -> Finding:
        ended.wait(10)
        return green("late")

    finding = examine(Check("odd", hangs), seconds_max=0.05)
    ended.set()
    assert finding.status == "red"
    assert "did not end within 0.05 s" in finding.found
