"""docs/incidents.md is what the scenario files say."""

from pathlib import Path
from typing import Final

from capi.cli.scenario.page import CHAPTERS, render
from tests.scenarios.test_catalogue import SCENARIOS

ROOT: Final = Path(__file__).resolve().parents[2]
WRITE_IT: Final = "python -m capi.cli.scenario.page fixtures/scenarios > docs/incidents.md"


def test_the_page_is_what_the_files_say() -> None:
    assert (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8") == render(SCENARIOS), WRITE_IT


def test_every_scenario_stands_in_one_chapter() -> None:
    for scenario in SCENARIOS:
        assert sum(scenario.number in chapter for _, chapter in CHAPTERS) == 1, scenario.file
