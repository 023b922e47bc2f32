"""docs/configuration.md names every key once, with the default and the bounds that the model has."""

from pathlib import Path
from typing import Final

import pytest

from capi.settings.keys import keys, secret_keys
from capi.settings.numbers import Bounded
from capi.settings.origin import shown_value
from capi.settings.values import Choice

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
ROWS: Final = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]
"""Key, default, allowed, meaning."""


def row(key: str) -> list[str]:
    """Return the row of a key."""
    return next(cells for cells in ROWS if cells[0] == f"`{key}`")


def plain(cell: str) -> str:
    """Return a default as it is written, without what marks it as code or text."""
    return cell.strip("`").replace('"', "")


def default_of(key: str) -> str:
    """Return the model's default as the document should write it."""
    default = keys()[key].default
    if key in secret_keys() or default is None:
        return "not set"
    shown = shown_value(key, default)
    if isinstance(shown, bool):
        return str(shown).lower()
    return f"[{', '.join(shown)}]" if isinstance(shown, list) else str(shown)


def test_every_key_stands_there_once_in_the_order_of_the_file() -> None:
    assert [cells[0] for cells in ROWS] == [f"`{key}`" for key in keys()]


@pytest.mark.parametrize("key", keys())
def test_the_default_is_the_models(key: str) -> None:
    assert plain(row(key)[1]) == default_of(key)


@pytest.mark.parametrize("key", keys())
def test_what_is_allowed_is_what_the_parser_allows(key: str) -> None:
    allowed = row(key)[2]
    for parser in keys()[key].metadata:
        if isinstance(parser, Bounded):
            assert allowed.removeprefix("whole, ") == parser.bounds
        if isinstance(parser, Choice):
            assert allowed == ", ".join(f"`{word}`" for word in parser.words)


@pytest.mark.parametrize("key", keys())
def test_every_key_has_a_meaning(key: str) -> None:
    assert len(row(key)) == 4
    assert row(key)[3]
