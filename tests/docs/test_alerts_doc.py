"""docs/alerts.md has every code that the source can send, and no other, as the table in the source says it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from capi.core.alert_codes import CODES
from capi.engine.action_fields import _NAMES

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
LEVELS: Final = ("INFO", "WARNING", "ERROR", "CRITICAL")
REQUESTS: Final = ("set_leverage", "set_margin_mode", "arm_dead_man", "cancel_order")
CODE_SECOND: Final = "_tell_trouble"
"""A method that takes a code at the second place, and no level."""


def codes_in(source: str) -> Iterator[str]:
    """Yield the codes that a file raises alerts with: in an Alert, or beside a level in any call."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "Alert":
            yield from (_text(one.value) for one in node.keywords if one.arg == "code")
        elif len(node.args) >= 3 and (name == CODE_SECOND or _is_level(node.args[0])):
            yield _text(node.args[1])


def _is_level(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_level(node.body)
    return isinstance(node, ast.Constant) and node.value in LEVELS


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "*_refused" if isinstance(node, ast.JoinedStr) else ""


def raised() -> set[str]:
    """Return every code of the source."""
    files = sorted((ROOT / "src" / "capi").rglob("*.py"))
    found = {code for path in files for code in codes_in(path.read_text(encoding="utf-8"))} - {""}
    assert "*_refused" in found
    assert set(REQUESTS) <= set(_NAMES.values())
    return {code for code in found if re.fullmatch(r"[a-z0-9_]+", code)} | {f"{name}_refused" for name in REQUESTS}


def test_every_code_of_the_source_is_listed_and_no_other() -> None:
    assert raised() == set(CODES)


def test_the_page_has_each_code_as_the_source_says_it() -> None:
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"\| `[a-z0-9_]+` \|", line)]
    assert rows == [
        f"| `{code}` | {told.levels}{' · news' if told.is_news else ''} | {told.meaning} | {told.advice or 'nothing'} |"
        for code, told in CODES.items()
    ]


def test_levels_are_levels_and_sentences_are_sentences() -> None:
    for code, told in CODES.items():
        assert set(told.levels.split(", ")) <= set(LEVELS), code
        assert told.meaning.endswith("."), code
        assert "|" not in told.meaning + told.advice, code
        assert not told.advice.endswith("."), code
