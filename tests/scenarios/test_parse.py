"""A scenario file that cannot be used is refused in one sentence: which file, where, and what to write instead."""

from decimal import Decimal
from pathlib import Path

import pytest

from capi.adapters.fields import InputError
from capi.cli.scenario.parse import read_scenario
from tests.scenarios.texts import GOOD, HEAD, MUST, STORY, play_of, written


def refusal(folder: Path, text: str) -> str:
    """Return the sentence of a file that is refused."""
    path = written(folder, text)
    with pytest.raises(InputError) as refused:
        read_scenario(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: ")
    return sentence.removeprefix(f"{path}: ")


def test_what_is_left_out_is_the_examples(tmp_path: Path) -> None:
    play = play_of(tmp_path, GOOD)
    assert play.length_ms == 60_000
    assert play.account.equity == Decimal(10_000)
    document = play.decisions[0].document
    assert document is not None
    assert b'"timestamp_iso": "2025-11-28T10:05:00Z"' in document
    assert b'"sl": 89800' in document


def test_numbers_are_exact(tmp_path: Path) -> None:
    play = play_of(tmp_path, GOOD.replace("90850]", "90850.10]", 1))
    assert str(play.path[0].bid) == "90850.10"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("number = 1", "", "number: is missing; write it"),
        ("number = 1", "number = 1.5", "number: 1.5 must be a whole number, not below 0"),
        ('"test_of_a_scenario"', '"A scenario"', 'name: "A scenario" is no test\'s name'),
        ("seconds = 60", "secnods = 60", "seconds: is missing; write it"),
        ("seconds = 60", "seconds = 60\nlenght = 3", "lenght: is no key here; "),
        ("seconds = 60", "seconds = 0.0001", "seconds: 0.0001 is no time: seconds since the start, to a millisecond"),
        ("seconds = 60", "seconds = 86401", "seconds: has to be above 0 and at most 86400, a day"),
        ("[8, 90850]", "[8, 1e999999]", "path[1]: 1E+999999 is no number of at most 15 digits"),
        ("at = 0", "at = 0\nsl = 1979-05-27", '"1979-05-27" is nothing that JSON knows; write it as text'),
        ("seconds = 60", "seconds = -1", "seconds: -1 is no time"),
        ("[[0, 90850]", "[[1, 90850]", "path: has to begin at 0 seconds"),
        ("[8, 90850]", "[88, 90850]", "path: the times do not rise; sort the entries"),
        ("[8, 90850]", "[8, 0]", "path[1]: 0 must be above 0"),
        ("[8, 90850]", "[8]", "path[1]: [8] is no point; write [SECONDS, BEST BID]"),
        ("[8, 90850]", "[8, nan]", 'path[1]: NaN is no number of at most 15 digits'),
        ("at = 0", "", "decision[0].at: is missing"),
        ("position = 0", "positoin = 0", 'must[0]: "positoin" is not known; did you mean position?'),
        ("position = 0", "position = true", "must[0].position: true is not a number; write one, without quotes"),
        ("position = 0", "position = 0\nstops = 1", "must[0]: asks for 2 things; write one [[must]] for each"),
        ("position = 0", "at = 61\nposition = 0", "must: 61 s is after the end; make it earlier"),
        ("position = 0", 'sent = { role = "sl", times = 1, at_least = 1 }', "must[0].sent: times says how many"),
        ("position = 0", "event = { times = 1 }", "names no event; write event = ..."),
        ("position = 0", 'guard = "safe"', 'must[0].guard: "safe" is not known; '),
        ("position = 0", 'sent = "sl"', 'must[0].sent: "sl" is not a table'),
        (MUST, "", "must: is missing; write it"),
        ("[[must]]", '[[fault]]\non = "sl"\nwhat = "broken"\n[[must]]', 'fault[0].what: "broken" is not known; '),
        ("[[must]]", '[[fault]]\non = "sl"\nwhat = "refused"\n[[must]]', "fault[0].code: is missing; write it"),
        (
            "[[must]]",
            '[[fault]]\non = "sl"\nwhat = "refused"\ncode = 5\n[[must]]',
            "fault[0].code: 5 is no code of the exchange; they are whole and below 0",
        ),
        ("[[must]]", '[[fault]]\non = "sl"\nwhat = "hides"\n[[must]]', "fault[0]: hides cannot befall sl"),
        ("[[must]]", '[[fault]]\non = "look"\nwhat = "lost"\nsecs = 1\n[[must]]', "fault[0].secs: is no key here; "),
        (
            "[[must]]",
            '[[fault]]\non = "look"\nwhat = "shows"\nshows = { mode = "hedge" }\n[[must]]',
            "fault[0].shows: shows nothing that is known; known are position_mode",
        ),
        (
            "[[must]]",
            '[[fault]]\non = "look"\nwhat = "shows"\nshows = { position_mode = "both" }\n[[must]]',
            'fault[0].shows.position_mode: "both" is not known; ',
        ),
        (
            "[[must]]",
            '[[fault]]\non = "look"\nwhat = "freezes"\npart = "algo"\n[[must]]',
            'fault[0].part: "algo" is not known; known are position',
        ),
        ("[[must]]", '[[act]]\nat = 1\ndo = "reboot"\n[[must]]', 'act[0].do: "reboot" is not known; '),
        ("[[must]]", '[[act]]\nat = 61\ndo = "pause"\n[[must]]', "act: 61 s is after the end; make it earlier"),
        ("[[must]]", '[instrument]\ntick = 1\n[[must]]', "instrument.tick: is no key here; did you mean tick_size?"),
        ("[[must]]", '[account]\nequity = "10"\n[[must]]', 'account.equity: "10" is not a number'),
    ],
)  # fmt: skip
def test_it_is_refused_with_place_and_cure(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert GOOD.count(old) >= 1
    assert said in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_a_scenario_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    text = HEAD + "must = []\n" + STORY
    assert refusal(tmp_path, text) == "must: is empty; a scenario that asks for nothing shows nothing"


def test_what_is_no_scenario_is_said_so(tmp_path: Path) -> None:
    assert "is not valid TOML" in refusal(tmp_path, "number = ")
    assert "number: is missing" in refusal(tmp_path, "")
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not text in UTF-8"):
        read_scenario(path)
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(InputError, match="is larger than"):
        read_scenario(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")


def test_a_scenario_may_be_proved_elsewhere_or_not_apply(tmp_path: Path) -> None:
    proved = read_scenario(written(tmp_path, HEAD + 'proved_by = ["tests/x.py::test_y"]\n'))
    assert (proved.play, proved.proved_by) == (None, ("tests/x.py::test_y",))
    other = read_scenario(written(tmp_path, HEAD + 'not_applicable = "There is none."\n'))
    assert (other.play, other.not_applicable) == (None, "There is none.")
    both = read_scenario(written(tmp_path, HEAD + 'proved_by = ["tests/x.py::test_y"]\n' + STORY + MUST))
    assert both.play is not None
