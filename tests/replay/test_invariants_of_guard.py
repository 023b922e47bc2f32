"""Invariants 1, 2 and 6 catch what they are for: passes that go right, and then one that does not."""

from dataclasses import replace

import pytest

from tests.replay.scene import (
    SL,
    SL2,
    D,
    Scene,
    backstop,
    cancel,
    entry,
    exit_order,
    guarded_long,
    quantity_stop,
)


@pytest.fixture
def scene() -> Scene:
    """A long of 0.01 behind its backstop at 89 800."""
    return guarded_long()


class TestGuarded:
    """Invariant 1."""

    def test_a_position_without_a_stop(self, scene: Scene) -> None:
        scene.end(SL)
        scene.breaks(1, "0.01 has stood for 0 ms without a stop or an exit on its way, and no stop was tried")

    def test_a_stop_on_the_wrong_side_does_not_count(self, scene: Scene) -> None:
        scene.rest(backstop(side="BUY"))
        scene.breaks(1, "without a stop")

    def test_a_stop_for_a_part_does_not_count_but_parts_add_up(self, scene: Scene) -> None:
        scene.rest(quantity_stop(quantity="0.004"))
        scene.rest(quantity_stop("capi_sl_d_3", quantity="0.006"))
        scene.end(SL)
        scene.run()
        scene.end(SL2)
        scene.breaks(1, "without a stop")

    def test_an_exit_on_its_way_counts_until_the_next_one_is_due(self, scene: Scene) -> None:
        scene.end(SL)
        scene.run(exit_order())
        scene.run()
        scene.breaks(1, "without a stop")

    def test_an_exit_that_rests_counts(self, scene: Scene) -> None:
        scene.end(SL)
        scene.place(exit_order())
        scene.run(step_ms=5000)

    def test_a_refused_stop_counts_for_naked_seconds_max(self, scene: Scene) -> None:
        scene.end(SL)
        for attempt in range(2, 8):
            scene.run(backstop(f"capi_sl_d_{attempt}"), result="rejected")
        scene.breaks(1, "has stood for 6000 ms .* every stop was refused", backstop("capi_sl_d_8"), result="rejected")

    def test_a_position_that_the_engine_cannot_see_yet_is_not_its_fault(self, scene: Scene) -> None:
        scene.end(SL)
        scene.run(qty=D(0))
        scene.breaks(1, "without a stop")

    def test_a_stop_that_has_just_fired_may_still_close(self, scene: Scene) -> None:
        fired = replace(scene.books.orders[SL], status="TRIGGERED", triggered_at_ms=scene.at_ms + 1000)
        scene.end(SL)
        scene.run(orders=(fired,))
        scene.run(orders=(fired,))
        scene.breaks(1, "without a stop", orders=(fired,))

    def test_a_short_is_guarded_by_a_buy(self) -> None:
        scene = Scene()
        scene.hold("-0.01")
        scene.rest(backstop(side="BUY", level="91800"))
        scene.run()
        scene.end(SL)
        scene.breaks(1, "-0.01 has stood")


class TestNeverLooser:
    """Invariant 2."""

    def test_a_looser_stop_is_sent(self, scene: Scene) -> None:
        scene.place(quantity_stop(level="90000"))
        scene.breaks(2, "the stop capi_sl_d_3 at 89999.9 is looser than 90000", backstop("capi_sl_d_3", "89999.9"))

    def test_for_a_short_looser_is_higher(self) -> None:
        scene = Scene()
        scene.hold("-0.01")
        scene.place(backstop(side="BUY", level="91800"))
        scene.place(backstop(SL2, side="BUY", level="91700"))
        scene.breaks(2, "looser than 91700", backstop("capi_sl_d_3", "91750", side="BUY"))

    def test_the_next_trade_begins_anew(self, scene: Scene) -> None:
        scene.end(SL)
        scene.fill(SL, "SELL", "0.01")
        scene.run()
        scene.hold("0.01")
        scene.place(backstop("capi_sl_e", "80000"))

    def test_a_stop_is_cancelled_before_its_successor_was_seen_to_rest(self, scene: Scene) -> None:
        scene.end(SL)
        scene.rest(quantity_stop())
        scene.breaks(2, "capi_sl_d was cancelled while 0.01 stood", cancel(SL), quantity_stop())

    def test_a_stop_is_cancelled_for_one_that_does_not_cover(self, scene: Scene) -> None:
        scene.place(quantity_stop(quantity="0.009"))
        scene.end(SL)
        scene.breaks(2, "no stop of ours at 89800 or tighter rested that covers it", cancel(SL))

    def test_a_stop_is_cancelled_for_a_looser_one(self, scene: Scene) -> None:
        scene.place(quantity_stop())
        scene.end(SL2)
        scene.breaks(2, "capi_sl_d_2 was cancelled", cancel(SL2))

    def test_a_replaced_stop_may_go(self, scene: Scene) -> None:
        scene.place(quantity_stop())
        scene.end(SL)
        scene.run(cancel(SL))

    def test_what_was_not_ours_to_keep_may_go(self, scene: Scene) -> None:
        scene.rest(backstop("web_stop", side="BUY"))
        scene.run()
        scene.end("web_stop")
        scene.run(cancel("web_stop"))


class TestNothingIsLeft:
    """Invariant 6."""

    def test_a_stop_is_left_when_flat_is_certain(self, scene: Scene) -> None:
        scene.rest(quantity_stop())
        scene.end(SL)
        scene.fill(SL, "SELL", "0.01")
        for _ in range(3):
            scene.run()
        scene.breaks(6, "flat for 3000 ms, and still open: capi_sl_d_2")

    def test_while_the_view_is_incomplete_nothing_is_certain(self, scene: Scene) -> None:
        scene.fill(SL, "SELL", "0.01")
        for _ in range(5):
            scene.run(complete=False)

    def test_a_cancel_that_did_not_come_through_is_not_its_fault(self, scene: Scene) -> None:
        scene.fill(SL, "SELL", "0.01")
        for _ in range(3):
            scene.run()
        scene.run(cancel(SL), result="unknown")
        scene.breaks(6, "still open: capi_sl_d")

    def test_a_resting_entry_is_no_leftover(self) -> None:
        scene = Scene()
        scene.place(entry())
        for _ in range(5):
            scene.run()
