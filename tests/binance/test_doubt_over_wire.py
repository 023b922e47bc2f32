"""Requests whose answer was lost, refused or late: what the engine and the adapter make of them over real HTTP.

Proof of absence, adoption and what is never sent again are the engine's to decide (src/capi/engine); here both work
together on a wire that fails.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.binance.live import Live, live
from tests.serve.served import served

D = Decimal
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
ORDER = "POST /fapi/v1/order"
ALGO = "POST /fapi/v1/algoOrder"
EXECUTED = ["lost", "unknown_503", "bad_gateway", "backend_timeout", "no_json", "half_json", "timeout"]
NOT_EXECUTED = ["dropped", "internal_503"]


def patience(kind: str) -> float:
    """Return the timeout of a request, in seconds: short where the wire makes us wait for it."""
    return 0.4 if kind == "timeout" else 2.0


def is_resting(run: Live, client_order_id: str) -> bool:
    return client_order_id in run.resting


@pytest.mark.parametrize("kind", EXECUTED)
def test_an_entry_whose_answer_was_lost_is_found_and_not_sent_again(tmp_path: Path, kind: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path, timeout_seconds=patience(kind)) as run:
        venue.fault(ORDER, kind, seconds=1)
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        reports = run.passes(6)
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert [event["outcome"] for event in run.named("answered") if event["action"] == "place_order"] == ["unknown"]
        assert list(run.resting) == ["capi_entry_d1"]
        assert all(not any(order.status == "UNKNOWN" for order in report.orders) for report in reports)


@pytest.mark.parametrize("kind", NOT_EXECUTED)
def test_an_entry_that_never_arrived_is_proven_absent_before_the_next_generation(tmp_path: Path, kind: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.fault(ORDER, kind)
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1_2"), step_ms=250)
        first, second = (event for event in run.named("sent") if event["action"] == "place_order")
        assert second["at_ms"] - first["at_ms"] > run.config.recv_window_ms + 1000
        doubts = [event for event in run.named("order") if event["client_order_id"] == "capi_entry_d1"]
        assert [event["status"] for event in doubts] == ["UNKNOWN", "REJECTED"]
        assert list(run.resting) == ["capi_entry_d1_2"]


@pytest.mark.parametrize("kind", ["unavailable_503", "overload_503", "clock"])
def test_an_entry_that_was_surely_not_executed_is_sent_under_the_next_id(tmp_path: Path, kind: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.fault(ORDER, kind)
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1_2"))
        assert list(run.resting) == ["capi_entry_d1_2"]


def test_a_duplicate_id_adopts_what_is_there(tmp_path: Path) -> None:
    """-4116 although the exchange took the order: it is asked for, found, and stays the one entry."""
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.fault(ORDER, "refuse", code=-4116, executed=True)
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        run.passes(6)
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert list(run.resting) == ["capi_entry_d1"]


def test_a_cancel_that_lost_its_race_asks_and_counts_the_fill(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        run.engine.pause("a test")  # takes the entry down
        venue.price("76890.0", "76890.1")  # and it fills before the cancel arrives
        run.run(lambda report: report.guard == "guarded")
        assert run.qty == D("0.013")
        assert run.sent_ids("entry") == ["capi_entry_d1"]


def test_a_limit_that_is_hit_is_waited_out_with_the_position_guarded_afterwards(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        venue.price("76890.0", "76890.1")
        venue.fault("GET /fapi/v1/open*", "throttle", seconds=3, times=2)
        run.passes(2)
        before = len(venue.control("GET", "requests")["requests"])
        run.passes(4)
        assert len(venue.control("GET", "requests")["requests"]) == before  # silence
        run.time.skip(2000)
        run.run(lambda report: report.guard == "guarded")
        assert dict.fromkeys(run.alerts.codes) == dict.fromkeys(
            ["past_recalled", "exchange_silence"]
        )  # one may be refused late


@pytest.mark.parametrize("kind", ["lost", "unknown_503", "timeout", "half_json"])
def test_a_stop_whose_answer_was_lost_ends_as_one_stop(tmp_path: Path, kind: str) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path, timeout_seconds=patience(kind)) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        venue.fault(ALGO, kind, seconds=1)
        venue.price("76890.0", "76890.1")
        run.run(lambda report: report.guard == "guarded")
        run.passes(12)
        stops = [order for order in run.resting.values() if order.kind == "algo"]
        assert [stop.close_position for stop in stops] == [True]
        assert run.qty == D("0.013")


def test_a_stop_that_the_exchange_cannot_place_yet_goes_out_with_the_quantity(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        venue.fault(ALGO, "refuse", code=-4509)
        venue.price("76890.0", "76890.1")
        report = run.run(lambda report: run.qty != 0 and any(order.kind == "algo" for order in run.resting.values()))
        assert report.guard in ("naked", "guarded")
        run.run(lambda report: any(order.close_position for order in run.resting.values()))


@pytest.mark.parametrize("executed", [True, False])
def test_a_cancel_that_is_answered_with_not_open_asks_what_became_of_the_order(tmp_path: Path, executed: bool) -> None:
    """-2011 says nothing about the order's end: it may have filled, be gone, or still rest."""
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        venue.fault("DELETE /fapi/v1/order", "refuse", code=-2011, executed=executed)
        run.engine.pause("a test")
        run.run(lambda report: not run.resting)
        run.passes(2)
        assert run.engine.ledger.orders.by_key["plain", "capi_entry_d1"].order.status == "CANCELED"
        assert len([event for event in run.named("sent") if event["action"] == "cancel_order"]) == (
            1 if executed else 2
        )


@pytest.mark.parametrize(
    ("code", "tries"),
    [
        (-1111, 2),  # once more, with fresh filters
        (-2019, 3),  # passes by itself, but not for ever
        (-4120, 1),  # our own mistake
    ],
)
def test_an_entry_that_is_refused_again_and_again_opens_a_circuit(tmp_path: Path, code: int, tries: int) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.fault(ORDER, "refuse", code=code, times=99)
        run.decide()
        run.passes(10)
        assert len(run.sent_ids("entry")) == tries
        asked = venue.control("GET", "requests")["requests"]
        filters = sum("exchangeInfo" in str(one) for one in asked)
        assert filters == (1 + tries if code == -1111 else 1)


def test_a_target_that_is_refused_opens_its_circuit_and_the_stop_stays(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        venue.fault(ORDER, "refuse", code=-2022, times=99)
        venue.price("76890.0", "76890.1")
        run.run(lambda report: report.guard == "guarded")
        run.passes(20)
        assert 0 < len(run.sent_ids("tp1")) <= 3
        assert [order.kind for order in run.resting.values()] == ["algo"]


def test_reads_that_lag_behind_make_no_second_order(tmp_path: Path) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        venue.control("POST", "lag", position_ms=1500, orders_ms=900)
        run.decide()
        run.run(lambda report: is_resting(run, "capi_entry_d1"))
        run.passes(4)
        venue.price("76890.0", "76890.1")
        run.run(lambda report: report.guard == "guarded")
        run.passes(10)
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        assert run.qty == D("0.013")
        stops = [order for order in run.resting.values() if order.kind == "algo"]
        assert [stop.close_position for stop in stops] == [True]
