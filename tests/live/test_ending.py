"""The end of a run: no new entry, the own one taken down, what it filled protected, stop and targets left."""

from decimal import Decimal
from pathlib import Path

import pytest

from capi.cli.live.told import what_stays
from capi.engine.loop import SETTLE_SECONDS_MAX
from tests.live.stage import Acting, acting
from tests.serve.served import served

D = Decimal


def entered(run: Acting) -> None:
    """Have the entry rest."""
    run.decide()
    run.until(lambda: "capi_entry_d1" in run.resting)


def in_position(run: Acting) -> None:
    """Have the position with its stop and both targets."""
    entered(run)
    run.venue.price("76890.0", "76890.1")
    run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))


def test_flat_without_orders_it_ends_at_the_first_whole_look(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.passes(2)
        before = len(run.reports)
        assert run.wind_down().unsettled is None
        assert len(run.reports) == before + 1
        assert list(what_stays(run.reports[-1], run.engine.ledger)) == ["nothing of ours stays on the exchange"]


def test_the_resting_entry_is_taken_down_and_no_other_is_sent(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        assert run.wind_down().unsettled is None
        assert run.resting == {}
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert run.reports[-1].at_ms - run.named("answered")[-1]["at_ms"] >= 2000  # a late fill had its time


def test_what_the_entry_filled_in_part_is_protected_and_stays(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        venue.price("76899.9", "76900.0", ask_qty="0.005")
        ending = run.wind_down()
        assert ending.unsettled is None
        assert run.qty == D("0.005")
        assert {order.close_position for order in run.resting.values() if order.kind == "algo"} == {True}
        assert "capi_entry_d1" not in run.resting
        assert sum(order.quantity for order in run.resting.values() if order.reduce_only and order.kind == "plain") == (
            D("0.005")
        )


def test_a_fill_that_crosses_the_cancel_is_read_and_protected(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        venue.control("POST", "lag", position_ms=600, orders_ms=300)
        venue.price("76890.0", "76890.1")
        assert run.wind_down().unsettled is None
        assert run.qty == D("0.013")
        assert any(order.kind == "algo" and order.close_position for order in run.resting.values())


def test_stop_and_targets_are_left(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        in_position(run)
        before = run.resting
        assert run.wind_down().unsettled is None
        assert run.resting == before


@pytest.mark.parametrize("kind", ["lost", "dropped"])
def test_an_entry_of_unknown_fate_is_asked_about_until_it_is_known(tmp_path: Path, kind: str) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        venue.fault("POST /fapi/v1/order", kind)
        run.decide()
        run.until(lambda: bool(run.sent_ids("entry")))
        assert run.wind_down().unsettled is None
        assert run.resting == {}
        assert run.sent_ids("entry") == ["capi_entry_d1"]


def test_a_cancel_whose_answer_was_lost_is_asked_about(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        venue.fault("DELETE /fapi/v1/order", "lost")
        assert run.wind_down().unsettled is None
        assert run.resting == {}


def test_what_is_not_known_is_not_said_to_be_nothing(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        venue.fault("POST /fapi/v1/order", "dropped")
        venue.fault("GET /fapi/v1/order", "unavailable_503", times=10_000)
        run.decide()
        run.until(lambda: bool(run.sent_ids("entry")))
        assert run.wind_down().unsettled is not None
        told = list(what_stays(run.reports[-1], run.engine.ledger))
        assert told[-1] == "may stay on the exchange, its fate is unknown: capi_entry_d1, BUY LIMIT 0.013 at 76900.0"
        assert not any("nothing of ours" in line for line in told)


def test_what_stays_is_what_was_seen(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        in_position(run)
        run.wind_down()
        told = list(what_stays(run.reports[-1], run.engine.ledger))
        assert told[0] == "stays on the exchange: a position of 0.013, guard guarded"
        assert {line.split()[4].rstrip(",") for line in told[1:]} == {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"}


@pytest.mark.parametrize(
    ("request_", "left"),
    [("DELETE /fapi/v1/order", "the entry capi_entry_d1 may still rest"), ("GET *", "could not be read")],
)
def test_what_does_not_settle_in_ten_seconds_is_said(tmp_path: Path, request_: str, left: str) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        venue.fault(request_, "unavailable_503", times=10_000)
        began, waits = run.pace.seconds(), len(run.pace.waits)
        unsettled = run.wind_down().unsettled
        assert unsettled is not None
        assert left in unsettled
        assert run.pace.seconds() - began >= SETTLE_SECONDS_MAX
        assert sum(run.pace.waits[waits:]) <= SETTLE_SECONDS_MAX  # its passes take real time besides


def test_a_position_that_cannot_be_guarded_is_left_flat(tmp_path: Path) -> None:
    """A stop that is refused for naked_seconds_max means exit: the end waits for the flat."""
    with served() as venue, acting(venue, tmp_path, protection={"naked_seconds_max": 1}) as run:
        entered(run)
        venue.fault("POST /fapi/v1/algoOrder", "refuse", code=-4120, times=10_000)
        venue.price("76890.0", "76890.1")
        ending = run.wind_down()
        assert run.qty == 0
        assert ending.unsettled is None
        assert run.engine.ledger.safe_mode is not None


def test_an_end_is_no_pause_for_the_next_run(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        entered(run)
        run.wind_down()
        run.end()
        run.begin()
        run.until(lambda: "capi_entry_d1_2" in run.resting)
        assert not run.engine.ledger.paused
