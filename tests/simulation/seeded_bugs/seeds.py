"""A seed for each bug: with the bug the simulation ends in a broken invariant, without it the seed passes.

`python -m tests.simulation.seeded_bugs.search` prints this table anew, for when the simulation draws otherwise.
"""

from collections.abc import Mapping
from typing import Final

SEEDS: Final[Mapping[str, int]] = {
    "resend_on_timeout": 0,
    "timeout_is_a_no": 32,
    "unknown_is_cancelled": 32,
    "reuse_an_id": 0,
    "tomorrows_decisions_trade": 0,
    "enter_on_half_a_view": 15,
    "cancel_before_place": 0,
    "exit_drops_the_stop": 2,
    "loosen_the_stop": 0,
    "stop_after_the_whole_entry": 7,
    "orphans_are_not_ours": 7,
    "one_stop_is_enough": 36,
    "fired_stop_is_trusted": 55,
    "one_rests_for_ever": 23,
    "exit_may_open": 2,
    "targets_may_open": 0,
    "targets_of_what_was_entered": 0,
    "side_from_the_decision": 2,
    "stop_off_the_tick": 7,
    "leftovers_stay": 2,
    "ignore_the_algo_list": 0,
    "trust_one_flat_look": 46,
    "position_from_fills": 7,
    "fills_counted_again": 2,
    "restart_forgets_intents": 1,
    "restart_forgets_the_trade": 0,
    "restart_forgets_orders": 0,
    "expired_is_not_an_end": 0,
    "half_a_view_is_whole": 11,
}
