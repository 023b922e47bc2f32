"""`capi logs`: which lines, from when on, and what follows."""

import json
import subprocess
import sys

import pytest

from tests.cli.run import PROGRAM, environment
from tests.reading.asking import PAPER, ask, call, refused
from tests.reading.stage import ShownStage


def test_lines_are_the_journals_events_in_their_order(seen: ShownStage) -> None:
    lines = ask("logs", "--level", "debug", "--since", "2025-01-01T00:00Z", *PAPER)["logs"]
    names = [event["event"] for event in seen.kept() if event["event"] not in ("journal_opened", "equity")]
    assert [line["event"] for line in lines] == names
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)


def test_at_least_a_level(seen: ShownStage) -> None:
    every = ask("logs", "--level", "DEBUG", *PAPER)["logs"]
    assert {"INFO", "WARNING"} <= {line["level"] for line in every}
    for level, kept in (("info", {"INFO", "WARNING"}), ("WARNING", {"WARNING"}), ("critical", set())):
        found = ask("logs", "--level", level, *PAPER)["logs"]
        assert {line["level"] for line in found} == kept
        assert [line for line in every if line["level"] in kept] == found


def test_no_line_is_said_beside_the_lines(seen: ShownStage) -> None:
    done = call("logs", "--level", "critical", *PAPER)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "capi: no such line\n")


def test_the_newest_so_many_at_the_end(seen: ShownStage) -> None:
    every = ask("logs", *PAPER)["logs"]
    assert ask("logs", "--limit", "3", *PAPER)["logs"] == every[-3:]


def test_what_is_rare_is_found_further_back(traded: ShownStage) -> None:
    traded.run(400)  # nothing to tell, but a sample of equity each minute
    found = ask("logs", "--level", "WARNING", "--limit", "1", *PAPER)["logs"]
    assert found == ask("logs", "--level", "WARNING", *PAPER)["logs"][-1:] != []


def test_the_context_is_the_event(seen: ShownStage) -> None:
    [line] = [line for line in ask("logs", *PAPER)["logs"] if line["event"] == "trade_opened"]
    [event] = seen.named("trade_opened")
    assert line["context"] == event
    assert line["message"] == f"trade opened: {event['reason']}"
    assert line["timestamp"] == "2025-11-28T10:05:55Z"


def test_a_line_for_people(seen: ShownStage) -> None:
    said = call("logs", *PAPER).stdout
    assert "2025-11-28T10:05:55Z     INFO     " in said
    assert "trade opened: long 0.011 is explained by the entry" in said


def test_since(seen: ShownStage) -> None:
    every = ask("logs", *PAPER)["logs"]
    found = ask("logs", "--since", "2025-11-28T10:05:55Z", *PAPER)["logs"]
    assert found == every[-len(found) :] != []
    assert all(line["timestamp"].startswith("2025-11-28T10:05:5") for line in found)
    assert every[-len(found) - 1]["timestamp"] < "2025-11-28T10:05:55"
    assert ask("logs", "--since", "1h", *PAPER)["logs"] == []


def test_what_came_from_outside_cannot_act_on_the_terminal(traded: ShownStage) -> None:
    line = {"seq": len(traded.kept()) + 1, "event": "alert", "at_ms": 1764324360000}
    line |= {"level": "ERROR", "code": "look_failed", "rule": "engine", "reason": "evil \x1b[2J\r\n[red]"}
    with traded.path.open("a") as file:
        file.write(f"{json.dumps(line)}\n")
    [told] = call("logs", "--level", "error", *PAPER).stdout.splitlines()
    assert told.endswith("[look_failed] evil \\x1b[2J\\r\\n[red]")


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("--level", "loud"), '--level: "loud" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL'),
        (("-f", "--json"), "--follow and --json exclude each other"),
        (("--limit", "0"), "--limit"),
        (("--since", "soon"), "--since"),
    ],
)
def test_wrong_options_are_usage(seen: ShownStage, arguments: tuple[str, ...], saying: str) -> None:
    refused(2, saying, "logs", *arguments, *PAPER)


def test_nobody_reads_on(traded: ShownStage) -> None:
    """A pipe that is closed is no failure to explain."""
    traded.run(300, price=None)
    command = [sys.executable, "-c", PROGRAM, "logs", "--since", "2025-01-01T00:00Z", *PAPER]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(timeout=20)


@pytest.mark.parametrize(("other", "saying"), [(None, "moved away"), ("", "replaced by another one")])
def test_following_a_journal_that_is_not_there_any_more_ends_with_a_sentence(
    traded: ShownStage, other: str | None, saying: str
) -> None:
    command = [sys.executable, "-c", PROGRAM, "logs", "-f", "--limit", "1", *PAPER]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        assert following.stdout.readline()
        if other is None:
            traded.path.unlink()
        else:
            traded.path.write_text(other)
        assert f"{saying}; start capi logs -f again" in following.stderr.read()
        assert following.wait(timeout=20) == 1
