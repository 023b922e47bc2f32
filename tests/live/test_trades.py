"""Whole trades over the wire, by the engine as `capi run` wires it: a real decision file, journal and REST adapter."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.live.stage import Acting, acting
from tests.serve.served import served

D = Decimal
SHORT: dict[str, Any] = {
    "action": "short",
    "entry_zone": [76880.0, 76980.0],
    "sl": 77800.0,
    "tp1": 75600.0,
    "tp2": 74300.0,
}


def test_a_trade_with_everything_that_a_trade_can_have(tmp_path: Path) -> None:
    """A partial fill, a chase, a market entry; backstop, TP1, break-even, TP2, and the summary of it all."""
    with served() as venue, acting(venue, tmp_path, chase={"attempts_max": 1}) as run:
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)

        venue.price("76899.9", "76900.0", ask_qty="0.004")
        venue.price("76930.0", "76930.1")
        run.until(lambda: "capi_sl_d1" in run.resting)  # the backstop, from the first fraction on
        first = run.qty
        assert D(0) < first < D("0.013")
        assert run.resting["capi_sl_d1"].close_position

        run.time.skip(15_000)
        run.until(lambda: "capi_entry_d1_2" in run.resting)  # the chase, to the touch
        assert run.resting["capi_entry_d1_2"].price == D(76930)
        assert run.resting["capi_entry_d1_2"].quantity == D("0.013") - first
        assert "capi_entry_d1" not in run.resting

        venue.price("76938.0", "76938.1")
        run.time.skip(15_000)
        run.until(lambda: run.qty == D("0.013"))
        assert run.sent_ids("entry") == ["capi_entry_d1", "capi_entry_d1_2", "capi_entry_d1_3"]
        assert [event["type"] for event in run.named("sent") if event.get("role") == "entry"][-1] == "MARKET"

        run.until(lambda: sum(one.quantity for name, one in run.resting.items() if "_tp" in name) == D("0.013"))
        assert [name for name in run.resting if "_sl_" in name] == ["capi_sl_d1"]

        venue.price("78210.0", "78210.1")
        run.until(lambda: "capi_sl_d1_2" in run.resting)
        ratchet = run.resting["capi_sl_d1_2"]
        assert ratchet.reduce_only
        assert ratchet.trigger_price is not None
        assert ratchet.trigger_price > D(76900)
        assert "capi_sl_d1" in run.resting  # the backstop stays until flat is confirmed

        venue.price("79510.0", "79510.1")
        run.until(lambda: bool(run.named("trade_closed")))
        run.passes(2)
        assert (run.qty, run.resting) == (D(0), {})

        (closed,) = run.named("trade_closed")
        assert (closed["exit_reason"], closed["chases"], closed["decision_id"]) == ("tp2", 1, "d1")
        books = venue.inside(lambda inside: inside.state.account)
        assert D(closed["fees"]) == books.fees
        assert D(closed["gross_pnl"]) == books.realised
        assert run.wind_down().unsettled is None


def test_a_short_that_is_stopped_out(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.decide(**SHORT)
        run.until(lambda: "capi_entry_d1" in run.resting)
        venue.price("76945.0", "76945.1")
        run.until(lambda: run.guard == "guarded")
        assert run.qty < 0
        venue.price("77810.0", "77810.1")
        run.until(lambda: bool(run.named("trade_closed")))
        run.passes(2)
        assert (run.qty, run.resting) == (D(0), {})
        assert run.named("trade_closed")[0]["exit_reason"] == "sl"
        run.passes(6)
        assert run.sent_ids("entry") == ["capi_entry_d1"]  # the decision is spent


def test_an_opposite_decision_flips_by_exit_flat_and_entry(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path, protection={"on_opposite": "close"}) as run:
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)
        venue.price("76890.0", "76890.1")
        run.until(lambda: run.guard == "guarded")
        venue.price("76915.0", "76915.1")
        run.decide("d2", **SHORT)
        run.until(lambda: "capi_entry_d2" in run.resting)
        assert run.qty == 0
        assert [event["exit_reason"] for event in run.named("trade_closed")] == ["exit"]
        kinds = [event["event"] for event in run.journal.events()]
        entry = [event["seq"] for event in run.named("sent") if event.get("client_order_id") == "capi_entry_d2"]
        assert run.named("trade_closed")[0]["seq"] < entry[0]
        assert "trade_closed" in kinds


ENTRY = "POST /fapi/v1/order"


@pytest.mark.parametrize("kind", ["lost", "unknown_503", "half_json"])
def test_an_entry_that_was_executed_and_not_answered_is_never_sent_twice(tmp_path: Path, kind: str) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        venue.fault(ENTRY, kind)
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)
        run.passes(8)
        venue.price("76890.0", "76890.1")
        run.until(lambda: run.guard == "guarded")
        run.passes(4)
        assert run.qty == D("0.013")
        assert run.sent_ids("entry") == ["capi_entry_d1"]


@pytest.mark.parametrize("restart", [False, True])
def test_an_entry_that_was_lost_on_the_way_is_proven_absent_before_another_goes_out(
    tmp_path: Path, restart: bool
) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        venue.fault(ENTRY, "dropped")
        run.decide()
        run.until(lambda: bool(run.sent_ids("entry")))
        if restart:
            run.end()
            run.begin()
        run.until(lambda: "capi_entry_d1_2" in run.resting)
        first, second = (event for event in run.named("sent") if event.get("role") == "entry")
        assert second["at_ms"] - first["at_ms"] > 500 + 1000  # recvWindow and the margin
        assert set(run.resting) == {"capi_entry_d1_2"}


def test_an_entry_that_filled_while_its_answer_and_the_process_were_lost(tmp_path: Path) -> None:
    """The worst moment: executed, filled at once, not answered, and the engine killed."""
    with served() as venue, acting(venue, tmp_path) as run:
        venue.fault(ENTRY, "lost")
        run.decide()
        run.until(lambda: bool(run.sent_ids("entry")))
        run.end()
        venue.price("76890.0", "76890.1")
        run.begin()
        run.until(lambda: run.guard == "guarded")
        run.passes(4)
        assert run.qty == D("0.013")
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert [event["decision_id"] for event in run.named("trade_opened")] == ["d1"]


def guarded(run: Acting) -> None:
    """Have a position with its stop and its targets."""
    run.decide()
    run.until(lambda: "capi_entry_d1" in run.resting)
    run.venue.price("76890.0", "76890.1")
    run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
    run.passes(5)


@pytest.mark.parametrize("step", ["entry", "stop", "target", "tp1"])
def test_a_restart_in_the_middle_of_a_step_goes_on_where_it_was(tmp_path: Path, step: str) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        if step == "entry":
            run.decide()
            run.until(lambda: bool(run.sent_ids("entry")))
        elif step == "stop":
            run.decide()
            run.until(lambda: "capi_entry_d1" in run.resting)
            venue.price("76890.0", "76890.1")
        else:
            guarded(run)
            if step == "tp1":
                venue.price("78210.0", "78210.1")
        run.end()
        run.begin()
        if step != "tp1":
            venue.price("76890.0", "76890.1")
            run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
            assert run.qty == D("0.013")
        else:
            run.until(lambda: "capi_sl_d1_2" in run.resting)
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert run.sent_ids("tp1") == ["capi_tp1_d1"]
