"""How a scenario is played: the same each time, on a real journal and decision file, and never in vain."""

from pathlib import Path

import pytest

from capi.adapters.fields import InputError
from capi.adapters.journal_file import read_events
from capi.cli.scenario.run import Played, Run
from capi.settings import ConfigError
from tests.scenarios.texts import GOOD, HEAD, MUST, STORY, play_of

ENTERED = HEAD + "seconds = 30\npath = [[0, 90850], [8, 90850], [10, 90790]]\n[[decision]]\nat = 0\n"
HELD = "[[must]]\nposition = 0.011\n"


def played(folder: Path, text: str) -> Played:
    """Play a scenario in a folder."""
    folder.mkdir(exist_ok=True)
    return Run(play_of(folder, text), folder).play()


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = (played(tmp_path / name, GOOD) for name in ("a", "b"))
    assert first.story.moments == second.story.moments
    journals = [(tmp_path / name / "journal.jsonl").read_bytes() for name in ("a", "b")]
    assert journals[0] == journals[1]


def test_what_did_not_hold_is_told_with_what_was_found(tmp_path: Path) -> None:
    run = played(tmp_path, GOOD.replace("position = 0", "position = 1"))
    assert not run.all_held
    assert [(one.held, one.found) for one in run.held] == [(False, "the position is 0.000")]
    assert run.story.moments[-1].what == "NOT HELD: position 1: the position is 0.000"


def test_a_fault_that_never_happens_is_a_failure(tmp_path: Path) -> None:
    run = played(tmp_path, GOOD + '[[fault]]\non = "margin_mode"\nnth = 7\nwhat = "lost"\n')
    assert [one.held for one in run.held] == [True]
    assert run.broken == ["fault[0] (lost on margin_mode) never happened"]
    assert not run.all_held


def test_an_act_that_cannot_be_done_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"act: no open order sl to cancel at 1 s"):
        played(tmp_path, GOOD + '[[act]]\nat = 1\ndo = "cancel"\nrole = "sl"\n')
    with pytest.raises(InputError, match=r"act: order at 1 s was refused \(-4164"):
        played(tmp_path, GOOD + '[[act]]\nat = 1\ndo = "order"\nside = "BUY"\nqty = 0.001\nprice = 45000\n')


def test_a_configuration_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chase"):
        played(tmp_path, HEAD + STORY.replace("[[decision]]", "[config]\nchase = { after = 1 }\n[[decision]]") + MUST)


def test_a_broken_invariant_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capi.core.rules.protect_position.protect_position", lambda situation: ())
    monkeypatch.setattr("capi.core.plan.RULES", ())
    run = played(tmp_path, GOOD + '[[act]]\nat = 20\ndo = "order"\nside = "BUY"\ntype = "MARKET"\nqty = 0.01\n')
    assert [sentence.split(" was broken")[0] for sentence in run.broken] == ["invariant 1"]


def test_the_journal_is_a_real_one_across_restarts(tmp_path: Path) -> None:
    acts = "".join(f'[[act]]\nat = {at}\ndo = "{do}"\n' for at, do in ((12, "restart"), (15, "restart_torn")))
    run = played(tmp_path, ENTERED + acts + HELD)
    assert run.all_held
    kept = [event["event"] for event in read_events(tmp_path / "journal.jsonl")]
    assert kept.count("run_started") == 3


def test_a_full_disk_holds_no_stop_up(tmp_path: Path) -> None:
    acts = '[[act]]\nat = 5\ndo = "disk_full"\n[[act]]\nat = 20\ndo = "disk_free"\n'
    run = played(
        tmp_path, ENTERED + acts + '[[must]]\nat = 12\nstop_at = 89800\n[[must]]\ntold = "journal_unwritable"\n'
    )
    assert run.all_held, run.held


def test_a_process_that_ends_at_a_request_starts_again(tmp_path: Path) -> None:
    for what in ("crash_before", "crash_after"):
        fault = f'[[fault]]\non = "sl"\nwhat = "{what}"\n'
        run = played(tmp_path / what, ENTERED + fault + HELD + "[[must]]\nstop_at = 89800\n[[must]]\nstops = 1\n")
        assert run.all_held, (what, run.held, run.broken)


def test_while_the_process_is_down_nothing_is_done(tmp_path: Path) -> None:
    acts = '[[act]]\nat = 5\ndo = "stop"\n[[act]]\nat = 20\ndo = "start"\n'
    musts = "[[must]]\nat = 19\nstops = 0\n[[must]]\nat = 19\nposition = 0.011\n[[must]]\nstop_at = 89800\n"
    assert played(tmp_path, ENTERED + acts + musts).all_held


def test_without_events_the_engine_looks_once_an_interval(tmp_path: Path) -> None:
    text = ENTERED.replace("[10, 90790]", "[9.3, 90790]") + HELD
    heard = played(tmp_path / "heard", text)
    deaf = played(tmp_path / "deaf", text.replace("seconds = 30", "seconds = 30\nevents = false"))
    assert (heard.seen.naked_ms_max, deaf.seen.naked_ms_max) == (0, 700)
