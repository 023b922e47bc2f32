"""`capi paper --scenario`: a timeline for people, a document for programs, and a status that says whether all held."""

import json
from pathlib import Path
from typing import Final

from tests.cli.run import run
from tests.scenarios.texts import GOOD, HEAD, written

FIXTURES: Final = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios"


def test_a_scenario_is_told_as_a_timeline(tmp_path: Path) -> None:
    done = run(["paper", "--scenario", str(FIXTURES / "003_would_trigger.toml")], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3. The price is already past the stop when it is to be sent\n")
    assert "freqtrade/freqtrade#1557" in done.stdout
    assert "10.500  engine    sends capi_exit_20251128T100500Z: SELL MARKET 0.011 (stop_passed: " in done.stdout
    assert done.stdout.rstrip().endswith("All 5 held.")
    assert not list(tmp_path.iterdir()), "a scenario leaves nothing behind"


def test_one_that_does_not_hold_says_so_and_fails(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("position = 0", "position = 1"))
    done = run(["paper", "--scenario", str(path)], tmp_path)
    assert done.returncode == 1
    assert "NOT HELD  position 1: the position is 0.000" in done.stdout
    assert done.stdout.rstrip().endswith("1 of 1 did not hold, 0 other things are broken.")


def test_a_document_for_programs(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("position = 0", "position = 1"))
    done = run(["paper", "--scenario", str(path), "--json"], tmp_path)
    document = json.loads(done.stdout)
    assert (done.returncode, document["held"], document["broken"]) == (1, False, [])
    assert document["checks"][0]["found"] == "the position is 0.000"
    assert document["timeline"][0] == {"at": "2025-11-28T10:05:00Z", "who": "engine", "what": "starts"}
    assert document["timeline"][1]["what"] == "best bid 90850.0, ask 90850.1"


def test_a_folder_is_a_table(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "a.toml")
    second = GOOD.replace("number = 1", "number = 2").replace("position = 0", "position = 1")
    written(tmp_path, second, "b.toml")
    elsewhere = HEAD.replace("number = 1", "number = 3") + 'proved_by = ["tests/x.py::test_y"]\n'
    written(tmp_path, elsewhere, "c.toml")
    other = HEAD.replace("number = 1", "number = 4") + 'not_applicable = "There is none."\n'
    written(tmp_path, other, "d.toml")
    done = run(["paper", "--scenario", str(tmp_path)], tmp_path)
    assert done.returncode == 1
    rows = [line.split()[:3] for line in done.stdout.splitlines()[1:5]]
    assert [row[1] for row in rows] == ["held", "NOT", "by", "not"]
    assert done.stdout.rstrip().endswith("2 were played, 1 of them did not hold.")
    document = json.loads(run(["paper", "--scenario", str(tmp_path), "--json"], tmp_path).stdout)
    assert [one["held"] for one in document["scenarios"]] == [True, False, None, None]


def test_what_is_not_played_says_why(tmp_path: Path) -> None:
    elsewhere = run(["paper", "--scenario", str(FIXTURES / "022_cancel_by_kind.toml")], tmp_path)
    assert (elsewhere.returncode, "proved by tests/binance/" in elsewhere.stdout) == (0, True)
    other = run(["paper", "--scenario", str(FIXTURES / "080_amend.toml")], tmp_path)
    assert (other.returncode, "It is not played: capi amends no order" in other.stdout) == (0, True)


def test_what_cannot_be_used_is_a_matter_of_input(tmp_path: Path) -> None:
    broken = written(tmp_path, "number = ")
    for path, said in (
        (broken, "is not valid TOML"),
        (tmp_path / "none.toml", "cannot be read (No such file or directory)"),
        (FIXTURES.parent / "plan", "holds no scenario (*.toml)"),
    ):
        done = run(["paper", "--scenario", str(path)], tmp_path)
        assert (done.returncode, said in done.stderr, done.stdout) == (2, True, ""), done.stderr
        assert "Traceback" not in done.stderr
    doubled = tmp_path / "doubled"
    doubled.mkdir()
    for name in ("a.toml", "b.toml"):
        written(doubled, GOOD, name)
    done = run(["paper", "--scenario", str(doubled)], tmp_path)
    assert (done.returncode, "both have number 1; change one" in done.stderr) == (2, True)


def test_what_means_nothing_to_a_scenario_is_refused(tmp_path: Path) -> None:
    done = run(["paper", "--scenario", str(FIXTURES), "--seed", "7"], tmp_path)
    assert (done.returncode, "--seed means nothing to a scenario" in done.stderr) == (2, True)
