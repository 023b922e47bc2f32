"""What is told of a failure is as short as it can be, and plays again. That failures are found: test_seeded_bugs.py."""

from capi.cli.simulation.run import simulate
from capi.cli.simulation.shrink import shrink
from capi.cli.simulation.table import lines_of
from tests.simulation.seeded_bugs.every import BY_NAME
from tests.simulation.seeded_bugs.plant import planted


def test_a_failure_is_cut_and_needs_no_fault_that_could_be_left_out() -> None:
    with planted(BY_NAME["cancel_before_place"]):
        whole = next(outcome for seed in range(40) if (outcome := simulate(seed)).violation is not None)
        small = shrink(whole)
        again = simulate(whole.seed, muted=small.muted)
    broken, found = small.outcome.violation, whole.violation
    assert broken is not None
    assert found is not None
    assert broken.number == found.number
    assert again.violation == broken
    assert len(small.needed) < len(whole.figures.faults)
    assert small.command.startswith(f"capi paper --faults {whole.seed} --without ")
    lines = list(lines_of(small))
    assert f"seed {whole.seed} broke invariant {broken.number} in pass {small.outcome.figures.passes + 1}" in lines
    assert f"  {broken.sentence}" in lines


def test_a_run_that_holds_is_not_shrunk() -> None:
    outcome = simulate(1)
    assert shrink(outcome).outcome is outcome
    assert list(lines_of(shrink(outcome))) == []
