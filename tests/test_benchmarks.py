"""`make bench` works: every section is measured and told, with its targets. How long anything takes is not asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
SCRIPT: Final = ROOT / "benchmarks" / "run.py"
PLAN_TARGETS_US: Final = {
    "flat and idle": 40,
    "entry resting": 40,
    "position guarded": 40,
    "position just opened": 150,
}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as `make bench` does, with as little effort as it knows."""
    command = [sys.executable, str(SCRIPT), "--quick", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def figures_of(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The figures of a run with --json."""
    assert ran.returncode == 0, ran.stderr
    figures: list[dict[str, Any]] = json.loads(ran.stdout)["figures"]
    return figures


def test_every_section_is_measured_with_the_machine() -> None:
    ran = bench("--json")
    figures = figures_of(ran)
    document = json.loads(ran.stdout)
    machine = document["machine"]
    assert machine["cpu"]
    assert machine["cores"] >= 1
    assert machine["calibration_us"] > 0
    assert {figure["section"].split(",")[0] for figure in figures} == {
        "plan()",
        "horizon()",
        "cold start",
        "replay",
        "reference job",
        "parts",
        "reading commands",
        "live",
    }
    assert all(figure["value"] > 0 for figure in figures)
    names = [figure["name"] for figure in figures]
    assert "capi --help" in names
    assert "bundled market, 1 h, --every-pass" in names
    assert "4 h of one-second quotes" in names
    assert "1 days of one-minute candles" in names


def test_each_view_has_its_target_and_its_ratio() -> None:
    figures = figures_of(bench("--only", "plan", "--json"))
    planned = [figure for figure in figures if figure["section"].startswith("plan()")]
    assert {figure["name"]: figure["target"] for figure in planned} == PLAN_TARGETS_US
    for figure in planned:
        assert abs(figure["ratio"] - figure["value"] / figure["target"]) < 0.01
    assert {figure["section"].split(",")[0] for figure in figures} == {"plan()", "horizon()"}


def test_people_get_tables_with_the_machine_first() -> None:
    ran = bench("--only", "plan")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("machine ")
    assert lines[1].startswith("calibration ")
    assert any("position guarded" in line and "40 µs ×" in line for line in lines)


def test_an_unknown_section_is_one_sentence() -> None:
    ran = bench("--only", "plan,speed")
    assert ran.returncode == 2
    assert "speed is no section: name some of plan,start,replay,reference,parts" in ran.stderr
    assert "Traceback" not in ran.stderr
