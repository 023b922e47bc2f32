"""The simulation catches bugs: each of a dozen is broken into the engine, and an invariant of the right kind breaks."""

import pytest

from capi.cli.simulation.run import simulate
from capi.cli.simulation.shrink import shrink
from tests.simulation.bugs import BUGS, Patch, cancel_before_place

SEEDS = {
    "resend_on_timeout": 46,
    "cancel_before_place": 0,
    "ignore_the_algo_list": 0,
    "loosen_the_stop": 0,
    "reuse_ids": 0,
    "wait_for_the_whole_fill": 7,
    "exit_without_reduce_only": 2,
    "leave_stops_behind": 22,
    "never_try_again": 4,
    "enter_on_any_view": 26,
    "forget_at_restart": 1,
    "raise_in_a_pass": 2,
}
"""A seed that catches each."""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_is_caught(bug: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = SEEDS[bug.__name__]
    assert simulate(seed).violation is None
    bug(monkeypatch)
    violation = simulate(seed).violation
    assert violation is not None
    assert violation.number in BUGS[bug]
    assert violation.sentence


def test_what_is_told_of_a_bug_is_as_short_as_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    cancel_before_place(monkeypatch)
    whole = simulate(1)
    small = shrink(whole)
    assert small.outcome.violation is not None
    assert small.outcome.violation.number == 2
    assert len(small.needed) < len(whole.figures.faults) or not small.needed
    assert small.command.startswith("capi paper --faults 1 --without ")
    assert simulate(1, muted=small.muted).violation == small.outcome.violation
