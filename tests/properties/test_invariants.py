"""What `plan` must never do, over generated worlds: one test for each invariant (design, "How it is proven").

What a test here finds is shrunk to the changes that matter; what is rare is looked for in the sweeps, next door.
"""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given

from capi.core.actions import Action
from tests.properties import entry_checks, exit_checks, protection_checks, shape_checks
from tests.properties.profiles import examples
from tests.properties.worlds import World, eager_worlds, worlds

Check = Callable[[World, Sequence[Action]], None]

CHECKS: tuple[Check, ...] = (
    protection_checks.check_guarded,
    protection_checks.check_never_looser,
    protection_checks.check_not_passed,
    protection_checks.check_stops_stay,
    protection_checks.check_one_backstop,
    entry_checks.check_ids,
    entry_checks.check_entry_is_due,
    entry_checks.check_never_overfilled,
    exit_checks.check_only_reduces,
    exit_checks.check_targets_fit,
    exit_checks.check_trade_closes_when_flat,
    exit_checks.check_flat_is_clean,
    shape_checks.check_filters,
    shape_checks.check_sequence,
    shape_checks.check_said,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_every_plan_keeps_the_invariant(check: Check) -> None:
    @examples(400)
    @given(eager_worlds() if check.__module__ == entry_checks.__name__ else worlds())
    def holds(world: World) -> None:
        check(world, world.plan())

    holds()
