"""Run a scenario with its process ended at given operations, and say what came out otherwise than it would have."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from capi.cli.recorded.again import plans_again
from capi.cli.simulation.broken import Broken
from tests.crash.stage import Crash, Outcome, Scenario, Stage

MEMORY = Path("/dev/shm")


def undisturbed(scenario: Scenario, folder: Path) -> Stage:
    """Return the run as it would have been."""
    stage = Stage(scenario, folder)
    stage.run()
    return stage


def ended(scenario: Scenario, crash: Crash) -> Stage:
    """Return the run whose process ends once; its points are those of the process after that."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        stage = Stage(scenario, Path(folder), crash)
        stage.run()
        stage.close()
        return stage


def fault(scenario: Scenario, wanted: Outcome, *crashes: Crash) -> str | None:
    """Return what a run whose process ends so does otherwise than wanted; None: nothing."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        stage = Stage(scenario, Path(folder), *crashes)
        try:
            stage.run()
            return _difference(stage, wanted, crashes)
        except Broken as broken:
            return f"{stage.ended}: invariant {broken.number}: {broken.sentence}"
        except AssertionError as error:
            return f"{stage.ended}: {error}"
        finally:
            stage.close()


def _difference(stage: Stage, wanted: Outcome, crashes: Sequence[Crash]) -> str | None:
    if len(stage.ended) != len(crashes):
        return f"it was ended {len(stage.ended)} times instead of {len(crashes)}"
    outcome = stage.outcome
    if stage.scenario.may_forget and any(crash.keep != "all" for crash in crashes) and not outcome.trades:
        outcome = replace(outcome, trades=wanted.trades)
    if outcome != wanted:
        return f"{stage.ended}: {outcome} instead of {wanted}"
    differing = [again for again in plans_again(stage.journal.events()) if not again.is_same]
    return f"{stage.ended}: planned again, it differs: {differing[0]}" if differing else None
