"""`capi reconcile`: puts right what differs, opens nothing, and says what it found."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from capi.adapters.instance_lock import instance_lock
from capi.engine import loop
from tests.live.stage import Setting, acting, position, resting
from tests.serve.served import Served, served

D = Decimal


def written(venue: Served) -> list[str]:
    """Return the method and path of each request that could change something."""
    told = venue.control("GET", "requests")["requests"]
    return [f"{one['method']} {one['path']}" for one in told if one["method"] != "GET"]


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_nothing_to_do_on_an_account_in_order(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.decide()
        result = user.capi("reconcile")
        assert result.exit_code == 0, result.stderr
        assert "nothing to do" in result.stdout
        assert written(venue) == []
        assert [event["event"] for event in user.events()][-1] == "run_ended"


def test_an_orphan_position_is_adopted_and_guarded(tmp_path: Path) -> None:
    with served() as venue:
        venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
        user = Setting(venue, tmp_path)
        planned = document(user.capi("reconcile", "--dry-run", "--json"))
        assert (planned["orphan_positions"], planned["dry_run"], written(venue)) == (1, True, [])
        assert {one["result"] for one in planned["actions"] if one["action"] == "place_order"} == {"held"}
        assert not user.room.exists()

        done = document(user.capi("reconcile", "--json"))
        assert (done["orphan_positions"], done["unsettled"], done["dry_run"]) == (1, None, False)
        assert done["found"] == {"state": "IN_POSITION", "guard": "naked"}
        assert done["left"] == {"state": "IN_POSITION", "guard": "guarded"}
        assert any("orphan_position" in warning for warning in done["warnings"])
        assert any(order.close_position for order in resting(venue).values())
        assert position(venue) == D("0.010")


def test_a_missing_stop_a_phantom_and_leftovers(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)
        venue.price("76890.0", "76890.1")
        run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        run.passes(5)
        run.end()
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        done = document(run.setting.capi("reconcile", "--json", CAPI_LOOP__DECISION_AGE_SECONDS_MAX="1"))
        assert (done["missing_sl"], done["left"]["guard"]) == (1, "guarded")
        assert run.resting["capi_sl_d1_2"].trigger_price == D(76000)

        venue.control("POST", "order", side="SELL", type="MARKET", quantity="0.013")
        done = document(run.setting.capi("reconcile", "--json"))
        assert (done["phantom_positions"], done["left"]["state"]) == (1, "NO_POSITION")
        assert run.resting == {}


def test_an_own_entry_is_taken_down_for_nobody_would_guard_its_fill(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.decide()
        run.until(lambda: "capi_entry_d1" in run.resting)
        run.end()
        result = run.setting.capi("reconcile")
        assert result.exit_code == 0, result.stderr
        assert run.resting == {}
        assert "cancel_order" in result.stdout


def test_it_keeps_away_from_a_running_engine_but_may_look(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.room.mkdir(parents=True)
        with instance_lock(user.room):
            refused = user.capi("reconcile", "--json")
            assert (refused.exit_code, refused.stdout) == (4, "")
            assert f"process {os.getpid()}" in refused.stderr
            assert document(user.capi("reconcile", "--dry-run", "--json"))["unsettled"] is None


def test_real_money_wants_live_here_too(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path, {"exchange": {"environment": "mainnet"}})
        assert user.capi("reconcile").exit_code == 4
        assert user.capi("reconcile", "--dry-run").exit_code == 0
        assert user.capi("reconcile", "--live").exit_code == 0


def test_what_does_not_settle_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SETTLE_SECONDS_MAX", 0.5)
    with served() as venue:
        due_ms = venue.inside(lambda inside: inside.next_funding_ms - inside.now_ms())
        venue.control("POST", "advance", seconds=due_ms // 1000 + 1)  # none is due while the position is held
        venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
        venue.fault("POST /fapi/v1/algoOrder", "unavailable_503", times=10_000)
        venue.fault("POST /fapi/v1/order", "unavailable_503", times=10_000)
        result = Setting(venue, tmp_path).capi("reconcile", "--json")
        assert result.exit_code == 1
        assert "not settled within 10 s: the position is naked" in result.stderr
        assert json.loads(result.stdout)["unsettled"] == "the position is naked"
