"""Scenario files for the tests: a small good one, and what is changed of it."""

from pathlib import Path
from typing import Final

from capi.cli.scenario.model import Play
from capi.cli.scenario.parse import read_scenario

HEAD: Final = """\
number = 1
name = "test_of_a_scenario"
title = "A long is entered and stopped out"
happened = "It was."
why = "It is guarded."
reference = ["somebody/something#1"]
"""
STORY: Final = """\
seconds = 60
path = [[0, 90850], [8, 90850], [10, 90790], [30, 92210], [49.5, 91000], [50, 90800], [60, 90800]]

[[decision]]
at = 0
"""
MUST: Final = """\
[[must]]
position = 0
"""
GOOD: Final = HEAD + STORY + MUST


def written(folder: Path, text: str = GOOD, name: str = "scenario.toml") -> Path:
    """Write a scenario file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def play_of(folder: Path, text: str) -> Play:
    """Return what a file asks to be played."""
    play = read_scenario(written(folder, text)).play
    assert play is not None
    return play
