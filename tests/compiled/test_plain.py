"""What is compiled says the same as what is not: classes written out, and the whole package run that way."""

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import pytest

from compiled.build import journal_of, rewrite
from compiled.plain import plain

SOURCE: Final = '''
"""A module."""
from dataclasses import dataclass, field
from typing import Final

from capi.core.lazy import lazy
from capi.core.value import changed, record, value


@value
class Point:
    """By name."""

    x: int
    y: int | None = None


@record
class Pair:
    """In order."""

    one: int
    other: int = 7


@dataclass(slots=True)
class Heap:
    """May change, and has a list of its own."""

    name: Final[str]
    things: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=lambda: [1, 2])

    @lazy
    def total(self) -> int:
        """Count how often it is asked for."""
        self.things.append(0)
        return sum(self.numbers)


@value
class Quiet:
    """Tells nothing."""

    secret: str

    def __repr__(self) -> str:
        return "Quiet()"
'''


@pytest.fixture(scope="module")
def module() -> dict[str, Any]:
    """The module as it is compiled."""
    names: dict[str, Any] = {"__name__": "tests.compiled.rewritten"}
    exec(compile(plain(SOURCE), "rewritten", "exec"), names)  # noqa: S102
    return names


def test_values_are_given_by_name_and_records_in_order(module: dict[str, Any]) -> None:
    point, pair = module["Point"], module["Pair"]
    assert (point(x=1).x, point(x=1).y) == (1, None)
    with pytest.raises(TypeError):
        point(1)
    assert (pair(1).one, pair(1, 2).other, pair(1).other) == (1, 2, 7)


def test_they_are_equal_by_their_fields_and_one_key(module: dict[str, Any]) -> None:
    point, pair = module["Point"], module["Pair"]
    assert point(x=1) == point(x=1, y=None)
    assert point(x=1) != point(x=2)
    assert point(x=1, y=7) != pair(1, 7)
    assert {point(x=1): "a", point(x=2): "b"}[point(x=1)] == "a"


def test_they_are_data_classes_still(module: dict[str, Any]) -> None:
    point = module["Point"](x=1)
    assert [field.name for field in fields(point)] == ["x", "y"]
    assert replace(point, y=2) == module["changed"](point, y=2) == module["Point"](x=1, y=2)
    assert repr(point) == "Point(x=1, y=None)"
    match module["Pair"](3, 4):
        case object(one=3, other=4):
            pass
        case other:
            pytest.fail(f"{other} has no such fields")


def test_what_a_class_defines_itself_is_kept(module: dict[str, Any]) -> None:
    assert repr(module["Quiet"](secret="word")) == "Quiet()"


def test_each_has_a_list_of_its_own(module: dict[str, Any]) -> None:
    first, second = module["Heap"]("a"), module["Heap"]("b", numbers=[5])
    first.things.append(1)
    assert (first.things, first.numbers) == ([1], [1, 2])
    assert (second.things, second.numbers) == ([], [5])


def test_what_is_lazy_is_found_once(module: dict[str, Any]) -> None:
    heap = module["Heap"]("a")
    assert (heap.total, heap.total) == (3, 3)
    assert heap.things == [0]


def test_a_module_without_such_classes_stays_what_it_is() -> None:
    source = "# a comment\nX = 1\n\n\ndef one() -> int:\n    return X\n"
    assert plain(source) == source


@pytest.mark.parametrize("field", ["field(default=1)", "field()", "field(default_factory=int, compare=False)"])
def test_a_field_that_cannot_be_written_out_is_refused(field: str) -> None:
    with pytest.raises(TypeError, match="default_factory"):
        plain(f"from x import value\n\n@value\nclass A:\n    a: int = {field}\n")


LOST: Final = {
    "a base": "@value\nclass A(Base):\n    a: int\n",
    "an option": "@dataclass(slots=True, order=True)\nclass A:\n    a: int\n",
    "what follows": "@value\nclass A:\n    a: int\n\n    def __post_init__(self) -> None:\n        check(self)\n",
    "no field": "@value\nclass A:\n    a: ClassVar[int] = 1\n",
}


@pytest.mark.parametrize("lost", LOST)
def test_what_would_be_lost_is_refused(lost: str) -> None:
    with pytest.raises(TypeError, match=r"lost|no field"):
        plain(f"from x import value\n\n{LOST[lost]}")


def test_the_rewritten_package_replays_as_the_package_does(tmp_path: Path) -> None:
    rewrite(tmp_path / "written-out")
    options = ["paper", "--seed", "3", "--hours", "6"]
    wanted = journal_of([sys.executable, "-m", "capi", *options], tmp_path, "wanted")
    start = f"import sys; sys.path.insert(0, {str(tmp_path / 'written-out')!r}); sys.argv[0] = 'capi'"
    program = f"{start}; from capi.__main__ import main; main()"
    assert journal_of([sys.executable, "-c", program, *options], tmp_path, "found") == wanted
    where = f"{start}; import capi.core.plan; print(capi.core.plan.__file__)"
    said = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout.startswith(str(tmp_path / "written-out"))
