"""Invariants 3, 4 and 5 catch what they are for: passes that go right, and then one that does not."""

from dataclasses import replace

import pytest

from tests.replay.scene import (
    ENTRY,
    EXIT,
    TP1,
    TP2,
    D,
    Scene,
    backstop,
    entry,
    guarded_long,
    request,
)
from tests.worlds import CONFIG


@pytest.fixture
def scene() -> Scene:
    """A long of 0.01 behind its backstop at 89 800."""
    return guarded_long()


class TestNeverOverfilled:
    """Invariant 3."""

    def test_fills_and_open_entries_exceed_the_intention(self) -> None:
        scene = Scene()
        scene.place(entry())
        scene.fill(ENTRY, "BUY", "0.004")
        scene.books.orders[ENTRY] = replace(scene.books.orders[ENTRY], filled_qty=D("0.004"))
        scene.rest(entry("capi_entry_d_2", "0.007"))
        scene.rest(backstop())
        scene.breaks(
            3, "decision d has filled 0.004 and 0.013 is open, of 0.01 intended", entry("capi_entry_d_2", "0.007")
        )

    def test_two_whole_fills(self) -> None:
        scene = Scene()
        scene.place(entry())
        scene.end(ENTRY)
        scene.fill(ENTRY, "BUY", "0.01")
        scene.place(backstop())
        scene.fill("capi_entry_d_2", "BUY", "0.001")
        scene.breaks(3, "decision d has filled 0.011 and 0 is open, of 0.01 intended", entry("capi_entry_d_2", "0.001"))

    def test_the_first_intention_holds(self) -> None:
        scene = Scene()
        scene.place(entry())
        second = entry("capi_entry_d_2", "0.01", intended_qty=D("0.02"))
        scene.rest(second)
        scene.breaks(3, "0.02 is open, of 0.01 intended", second)


class TestSentOnce:
    """Invariant 4."""

    def test_an_id_is_sent_again(self, scene: Scene) -> None:
        scene.breaks(4, "capi_sl_d was sent before, 2000 ms ago", backstop())

    def test_an_id_that_was_held_may_be_sent(self) -> None:
        scene = Scene()
        scene.run(entry(), result="held")
        scene.place(entry())

    def test_an_entry_beside_one_of_unknown_fate(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.breaks(4, "capi_entry_d_2 was sent while the fate of capi_entry_d was unknown", entry("capi_entry_d_2"))

    def test_an_entry_after_the_window_has_closed(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.run(step_ms=CONFIG.recv_window_ms)
        scene.place(entry("capi_entry_d_2"))

    def test_an_entry_after_a_look_has_told(self) -> None:
        scene = Scene()
        scene.run(entry(), result="unknown")
        scene.rest(entry())
        ended = replace(scene.books.orders[ENTRY], status="CANCELED")
        scene.end(ENTRY)
        scene.rest(entry("capi_entry_d_2"))
        scene.run(entry("capi_entry_d_2"), orders=(ended,))


class TestOnlyReduces:
    """Invariant 5."""

    @pytest.mark.parametrize("role", ["sl", "tp1", "tp2", "exit"])
    def test_an_exit_that_could_open(self, scene: Scene, role: str) -> None:
        scene.breaks(5, "capi_x could open a position", request("capi_x", role, reduce_only=False))

    def test_a_fill_that_turns_the_position(self, scene: Scene) -> None:
        scene.fill(EXIT, "SELL", "0.02")
        scene.breaks(5, "a fill of capi_exit_d took the position from 0.01 to -0.01")

    def test_a_fill_that_opens_a_position(self) -> None:
        scene = Scene()
        scene.run()
        scene.fill(TP1, "SELL", "0.01")
        scene.breaks(5, "a fill of capi_tp1_d took the position from 0 to -0.01")

    def test_a_stranger_may_do_what_we_must_not(self, scene: Scene) -> None:
        scene.fill("web_1", "SELL", "0.02")
        scene.rest(backstop("capi_sl_o", side="BUY", level="91800"))
        scene.run()

    def test_targets_exceed_the_position(self, scene: Scene) -> None:
        targets = request(TP1, "tp1", quantity=D("0.006")), request(TP2, "tp2", quantity=D("0.005"))
        for target in targets:
            scene.rest(target)
        scene.breaks(5, r"targets of 0.011 \(capi_tp1_d, capi_tp2_d\) rest at a position of 0.01", *targets)

    def test_what_was_asked_counts_even_when_the_exchange_has_cut_it(self, scene: Scene) -> None:
        scene.rest(request(TP1, "tp1", quantity=D("0.01")))
        scene.breaks(5, "targets of 0.02", request(TP1, "tp1", quantity=D("0.02")))


def test_what_is_remembered_is_bounded() -> None:
    scene = Scene()
    for number in range(5000):
        one = entry(f"capi_entry_d{number}", decision_id=f"d{number}")
        scene.run(one)
    orders = scene.invariants._orders
    assert len(orders._ids) == 4096
    assert len(orders._entered) == 64
