"""A seed for each bug: with the bug the simulation ends in a broken invariant, without it the seed passes.

`python -m tests.simulation.seeded_bugs.search` prints this table anew, for when the simulation draws otherwise.
"""

from collections.abc import Mapping
from typing import Final

SEEDS: Final[Mapping[str, int]] = {
    "resend_on_timeout": 0,
    "timeout_is_a_no": 18,
    "unknown_is_cancelled": 0,
    "replace_ignores_what_filled": 11,
    "reuse_an_id": 1,
    "tomorrows_decisions_trade": 7,
    "enter_on_half_a_view": 2,
    "cancel_before_place": 2,
    "exit_drops_the_stop": 2,
    "loosen_the_stop": 1,
    "stop_after_the_whole_entry": 2,
    "forget_the_late_fill": 9,
    "orphans_are_not_ours": 8,
    "one_stop_is_enough": 16,
    "fired_stop_is_trusted": 112,
    "one_rests_for_ever": 23,
    "exit_may_open": 2,
    "targets_may_open": 1,
    "targets_of_what_was_entered": 2,
    "side_from_the_decision": 2,
    "stop_off_the_tick": 7,
    "leftovers_stay": 2,
    "ignore_the_algo_list": 1,
    "trust_one_flat_look": 28,
    "position_from_fills": 2,
    "fills_counted_again": 2,
    "restart_forgets_intents": 1,
    "restart_forgets_the_trade": 1,
    "restart_forgets_orders": 0,
    "expired_is_not_an_end": 1,
    "half_a_view_is_whole": 2,
    "half_a_file_is_a_decision": 1062,
    "unreadable_is_not_naked": 166,
}
