"""What one decision of the planner costs in four situations: `plan`, `horizon`, and a survey, which tells all of it."""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.timing import Effort, computing_us
from benchmarks.views import Scene, scenes
from capi.core.plan import Survey, horizon, plan


def measure(effort: Effort) -> Iterator[Figure]:
    """Yield a figure for each view, first of `plan`, then of `horizon`, which has no target of its own.

    "Surveyed": what a pass of a replay pays for summary, actions and bounds together.
    """
    views = scenes()
    for scene in views:
        _check(scene)
    how = f"processor time, median of {effort.repeats} × {effort.calls} calls"
    for scene in views:
        given = scene.given
        taken = computing_us(lambda given=given: plan(*given), effort)  # type: ignore[misc]
        yield Figure(section=f"plan(), {how}", name=scene.name, value=taken, unit="µs", target=scene.target_us)
    for scene in views:
        given = scene.given
        taken = computing_us(lambda given=given: horizon(*given), effort)  # type: ignore[misc]
        yield Figure(section=f"horizon(), {how}", name=scene.name, value=taken, unit="µs")
    for scene in views:
        given = scene.given
        taken = computing_us(lambda given=given: Survey(*given, collect=True).bounds, effort)  # type: ignore[misc]
        yield Figure(section=f"horizon(), {how}", name=f"{scene.name}, surveyed", value=taken, unit="µs")


def _check(scene: Scene) -> None:
    """Stop when the view is not answered as it says: its time would belong to something else."""
    answer = tuple(type(action).__name__ for action in plan(*scene.given))
    if answer != scene.answer:
        raise SystemExit(f"benchmarks/views.py: {scene.name} is answered with {answer}, not with {scene.answer}")
