"""The documents call things what the code calls them, leave none out, and point at what is there."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from capi.core.gates import GATES
from capi.core.plan import RULES
from tests.cli.run import run

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "src" / "capi").rglob("*.py"))]
DOCUMENTS: Final = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
OWN_FIELDS: Final = {"seq", "event", "at_ms"}


def document(name: str) -> str:
    """Return a document of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    """Return the cells of every table's rows in a document."""
    lines = document(name).splitlines()
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("| `")]


def found(pattern: str) -> set[str]:
    """Return what a pattern's group matches in the source."""
    return {match for source in SOURCES for match in re.findall(pattern, source)}


def test_rules_md_has_every_gate_in_its_order_and_says_which_take_an_entry_down() -> None:
    said = [(cells[0].strip("`"), cells[4]) for cells in rows("rules.md") if len(cells) == 5]
    assert said == [(gate.name, "yes" if gate.cancels else "no") for gate in GATES]


def test_rules_md_has_every_rule_in_its_order() -> None:
    names = [rule.__name__ for rule in RULES]
    assert [cells[0].strip("`") for cells in rows("rules.md") if cells[0].strip("`") in names] == names


def test_rules_md_has_every_alert() -> None:
    missing = {code for code in found(r'code="([a-z_]+)"') if f"`{code}`" not in document("rules.md")}
    assert not missing


def test_journal_md_has_every_event() -> None:
    names = found(r'event\(\s*"([a-z_]+)"') | {"journal_opened"}
    told = {name for cells in rows("journal.md") for name in re.findall(r"`([a-z_]+)`", cells[0])}
    assert names <= told


def test_journal_md_has_every_field_that_a_replay_writes(tmp_path: Path) -> None:
    done = run(["paper", "--hours", "1", "--out", "run"], tmp_path)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    fields = {key for line in lines for key in json.loads(line)} - OWN_FIELDS
    assert {"client_order_id", "net_pnl"} <= fields, "the hour was too quiet to say anything"
    assert not {field for field in fields if f"`{field}`" not in document("journal.md")}


def test_specification_md_names_fixtures_and_files_that_exist() -> None:
    text = document("specification.md")
    fixtures = {name for listed in re.findall(r"fixtures? ((?:`\w+`(?:, )?)+)", text) for name in listed.split(", ")}
    assert fixtures
    assert not {name for name in fixtures if not (ROOT / "fixtures" / "plan" / name.strip("`")).is_dir()}
    files = set(re.findall(r"`([a-z_/0-9]+\.py)`", text))
    known = [path.as_posix() for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert not {name for name in files if not any(path.endswith(f"/{name}") for path in known)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [target for target in targets if "://" not in target and not (path.parent / target).exists()]
