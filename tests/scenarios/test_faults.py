"""Every fault and every act does what the format says of it, on the exchange's own books and in what the engine saw."""

from pathlib import Path
from typing import Final, get_args

import pytest

from capi.cli.scenario.model import Deed, What
from capi.cli.scenario.run import Played, Run
from tests.scenarios.texts import HEAD, MUST, play_of

STORY: Final = "seconds = 30\npath = [[0, 90850], [8, 90850], [10, 90790]]\n[[decision]]\nat = 0\n"
REQUESTS: Final = (
    # what befalls the entry, how it is answered, and what rests of it a moment later
    ('what = "refused"\ncode = -2019', "rejected", 0),
    ('what = "done_but_refused"\ncode = -4116', "rejected", 1),
    ('what = "lost"', "unknown", 1),
    ('what = "timeout"', "unknown", 0),
    ('what = "late"\nseconds = 1', "unknown", 0),
    ('what = "unreachable"', "unavailable", 0),
    ('what = "throttled"\nseconds = 5', "throttled", 0),
    ('what = "clock"', "clock_skewed", 0),
    ('what = "no_permission"\ncode = -2015', "not_authorised", 0),
)
IN_LOOKS: Final = {"shows", "lacks", "hides", "freezes"}
ELSEWHERE: Final = {"echo", "crash_before", "crash_after"}


def played(folder: Path, more: str) -> Played:
    """Play a long that fills at ten seconds, with more that happens."""
    return Run(play_of(folder, HEAD + STORY + more + MUST), folder).play()


@pytest.mark.parametrize(("fault", "outcome", "rests"), REQUESTS)
def test_a_fault_of_a_request(tmp_path: Path, fault: str, outcome: str, rests: int) -> None:
    at = f'[[fault]]\non = "entry"\n{fault}\n[[must]]\nat = 2.03\nown_orders = {rests}\n'
    run = played(tmp_path, at)
    answers = [event["outcome"] for _, event in run.seen.named("answered") if event["action"] == "place_order"]
    assert answers[0] == outcome
    assert run.held[0].held, run.held[0].found


def test_what_is_held_up_arrives(tmp_path: Path) -> None:
    run = played(tmp_path, '[[fault]]\non = "entry"\nwhat = "late"\nseconds = 1.5\n[[must]]\nat = 4\nown_orders = 1\n')
    assert run.held[0].held
    assert [moment.at_ms - run.seen.start_ms for moment in run.story.moments if "held up" in moment.what] == [3_520]


def test_in_a_silence_nothing_is_heard(tmp_path: Path) -> None:
    run = played(tmp_path, '[[fault]]\non = "entry"\nwhat = "throttled"\nseconds = 5\n')
    sent = [at - run.seen.start_ms for at, _ in run.seen.named("sent")]
    assert not [at for at in sent if 2_020 < at < 7_020]
    assert [at for at in sent if at >= 7_020]


def test_a_key_without_rights_is_safe_mode(tmp_path: Path) -> None:
    assert played(tmp_path, '[[fault]]\non = "entry"\nwhat = "no_permission"\ncode = -2015\n').seen.ledger.safe_mode


def test_an_order_taken_as_something_else(tmp_path: Path) -> None:
    run = played(tmp_path, '[[fault]]\non = "tp2"\nwhat = "echo"\nshows = { reduce_only = false }\n')
    assert "echo_differs" in {event["code"] for _, event in run.seen.named("alert")}


@pytest.mark.parametrize(("what", "rests"), [("crash_before", 0), ("crash_after", 1)])
def test_the_process_ends_at_a_request(tmp_path: Path, what: str, rests: int) -> None:
    run = played(tmp_path, f'[[fault]]\non = "entry"\nwhat = "{what}"\n[[must]]\nat = 2.03\nown_orders = {rests}\n')
    assert run.held[0].held
    assert len(run.seen.named("run_started")) == 2


def test_what_looks_show(tmp_path: Path) -> None:
    window = "at = 15\nuntil = 18\n"
    hedge = f'[[fault]]\non = "look"\nwhat = "shows"\n{window}shows = {{ position_mode = "hedge" }}\n'
    seen = played(tmp_path, hedge).seen
    modes = [report.account.position_mode for report in seen.reports if report.account is not None]
    assert [modes.count(mode) for mode in ("one_way", "hedge")] == [len(modes) - 3, 3]


def test_what_looks_lack_is_a_gap(tmp_path: Path) -> None:
    seen = played(tmp_path, '[[fault]]\non = "look"\nwhat = "lacks"\npart = "plain"\nat = 15\nuntil = 18\n').seen
    assert [report.gaps for report in seen.reports if report.gaps] == [("plain: the answer could not be read",)] * 3


def test_what_looks_hide_is_no_gap(tmp_path: Path) -> None:
    seen = played(tmp_path, '[[fault]]\non = "look"\nwhat = "hides"\npart = "algo"\nat = 15\nuntil = 18\n').seen
    assert not [report for report in seen.reports if report.gaps]
    assert seen.named("order")[-1][1]["client_order_id"].startswith("capi_sl_")


def test_what_looks_freeze_stays_as_it_was(tmp_path: Path) -> None:
    fault = '[[fault]]\non = "look"\nwhat = "freezes"\npart = "position"\nat = 9\nuntil = 11\n'
    run = played(tmp_path, fault + "[[must]]\nat = 10\nposition = 0.011\n")
    assert run.held[0].held
    shown = {
        report.at_ms - run.seen.start_ms: report.account.position.qty
        for report in run.seen.reports
        if report.account is not None
    }
    assert shown[10_000] == 0
    assert shown[11_000] > 0


def test_what_the_operator_does(tmp_path: Path) -> None:
    acts = "".join(f'[[act]]\nat = {at}\ndo = "{do}"\n' for at, do in ((5, "pause"), (6, "resume"), (15, "flatten")))
    run = played(tmp_path, acts)
    assert [len(run.seen.named(name)) for name in ("paused", "resumed")] == [1, 1]
    assert [event["exit_reason"] for _, event in run.seen.named("trade_closed")] == ["flatten"]
    assert run.all_held


def test_every_fault_and_every_act_is_tried() -> None:
    tried = {fault.split('"')[1] for fault, _, _ in REQUESTS} | IN_LOOKS | ELSEWHERE
    assert tried == set(get_args(What))
    files = "".join(
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).resolve().parents[2] / "fixtures" / "scenarios").glob("*.toml")
    )
    here = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert not [deed for deed in get_args(Deed) if f'"{deed}"' not in files + here]
