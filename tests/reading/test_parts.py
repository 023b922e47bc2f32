"""The small parts: spans of time, a journal read backwards, whether somebody is alive."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from capi.adapters.duckdb.interrupts import interruptible
from capi.adapters.instance_lock import instance_lock
from capi.cli.reading.ages import ago, span_ms
from capi.cli.reading.alive import Engine, engine_of, is_held, is_process
from capi.cli.reading.backwards import newest_first
from tests.cli.run import environment
from tests.reading.stage import ShownStage

ME = os.getpid()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", 90_000), ("5m", 300_000), ("1h", 3_600_000), ("2 d", 172_800_000), ("1W", 604_800_000),
        ("", None), ("h", None), ("1", None), ("-1h", None), ("1.5h", None), ("1h30m", None), ("9999999h", None),
    ],
)  # fmt: skip
def test_spans(written: str, meant: int | None) -> None:
    assert span_ms(written) == meant


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s ago"), (1.4, "1 s ago"), (119, "119 s ago"), (150, "2 min ago"), (7300, "2 h ago"), (3e5, "3 days ago")],
)
def test_ages(seconds: float, said: str) -> None:
    assert ago(seconds) == said


def journal(path: Path, count: int, filling: int = 10) -> list[int]:
    """Write a journal of so many events, and return their numbers."""
    numbers = list(range(1, count + 1))
    lines = (json.dumps({"seq": number, "event": "pass", "x": "x" * filling}) for number in numbers)
    path.write_text("".join(f"{line}\n" for line in lines))
    return numbers


@pytest.mark.parametrize(("count", "filling"), [(0, 0), (1, 0), (3, 10), (20_000, 30), (3, 300_000)])
def test_a_journal_backwards_is_the_journal(tmp_path: Path, count: int, filling: int) -> None:
    path = tmp_path / "journal.jsonl"
    numbers = journal(path, count, filling)
    assert [event["seq"] for event in newest_first(path)] == numbers[::-1]


def test_backwards_a_torn_tail_is_left_out_and_damage_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal(path, 3)
    with path.open("a") as file:
        file.write('rubbish\n{"seq":5,"event":"pass"}\n[]\n{"seq":7,"event":"pass"}\n{"seq":8,"ev')
    assert [event["seq"] for event in newest_first(path)] == [7]
    path.write_text('{"seq":1,"event":"pass"}')
    assert list(newest_first(path)) == []


def test_backwards_no_further_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    numbers = journal(path, 1000)
    found = [event["seq"] for event in newest_first(path, bytes_max=1000)]
    assert found == numbers[: -len(found) - 1 : -1]
    assert 10 < len(found) < 30


def test_a_lock_is_held_while_its_process_lives(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert is_held(lock) is None
    program = (
        "import sys; from pathlib import Path; from capi.adapters.instance_lock import instance_lock\n"
        "with instance_lock(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert is_held(lock) is True
        holder.kill()
    assert is_held(lock) is False
    with instance_lock(tmp_path):  # the question left nothing behind
        assert is_held(lock) is True


@pytest.mark.parametrize(
    ("held", "pid", "age", "engine"),
    [
        (True, ME, 1.0, "running"), (True, ME, 9.9, "running"), (True, ME, 11.0, "stalled"),
        (True, None, None, "unknown"), (True, None, 1.0, "unknown"), (True, ME + 1, 1.0, "unknown"),
        (False, 1, 1.0, "stopped"), (False, None, None, "stopped"),
        (None, ME, 1.0, "running"), (None, None, 1.0, "stopped"), (None, 0, 1.0, "stopped"),
    ],
    ids=lambda one: {ME: "me", ME + 1: "another"}.get(one),  # the same names in every process
)  # fmt: skip
def test_what_the_engine_does(tmp_path: Path, held: bool | None, pid: int | None, age: float, engine: Engine) -> None:
    if held:
        with instance_lock(tmp_path):
            assert engine_of(tmp_path / "lock", pid, age, 1.0) == engine
        return
    if held is False:
        (tmp_path / "lock").touch()
    assert engine_of(tmp_path / "lock", pid, age, 1.0) == engine


def test_a_slow_engine_is_not_stalled_early(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        assert engine_of(tmp_path / "lock", ME, 250.0, 60.0) == "running"
        assert engine_of(tmp_path / "lock", ME, 301.0, 60.0) == "stalled"


def test_processes() -> None:
    assert is_process(os.getpid())
    assert not any(is_process(pid) for pid in (0, -1, 2**22 + 1, 2**80))


@pytest.mark.parametrize(
    ("command", "unused"),
    [
        ("status", {"duckdb", "rich", "asyncio", "httpx", "capi.core.plan", "capi.engine.run_pass"}),
        ("orders", {"rich", "httpx", "binance", "capi.core.plan", "capi.engine.run_pass", "numpy"}),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_use(seen: ShownStage, command: str, unused: set[str]) -> None:
    arguments = [command, "--json", "--environment", "paper"]
    program = f"import sys; from capi.cli.main import app; app({arguments}, standalone_mode=False); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    assert not set(done.stdout.splitlines()[-1].split()) & unused


def query_with_ctrl_c(connection: duckdb.DuckDBPyConnection) -> None:
    """Run a query that takes seconds, and interrupt it while it runs: DuckDB may not notice the first time."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        with interruptible():
            connection.execute("SELECT sum(a.range * b.range) FROM range(40000) a, range(40000) b").fetchall()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_while_duckdb_works_is_an_interrupt() -> None:
    with duckdb.connect() as connection, pytest.raises(KeyboardInterrupt):
        query_with_ctrl_c(connection)


def test_other_errors_are_no_interrupts() -> None:
    with pytest.raises(RuntimeError, match="another"), interruptible():
        raise RuntimeError("another")
