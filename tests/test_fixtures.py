"""Every snapshot in `fixtures/plan` is planned, and what comes of it is what stands beside it, action by action.

`x.json` is what `capi plan --snapshot` reads; `x.expect.json` holds a sentence why, state, guard, and the actions in
the order of execution. The words of a reason may change; that there is one, with its numbers, may not.
"""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from capi.adapters.action_json import action_to_json
from capi.adapters.snapshot_ids import with_safe_ids
from capi.adapters.snapshot_json import read_snapshot
from capi.core.account import Account
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.gates import GATES
from capi.core.orders import Orders
from capi.core.plan import explain, horizon, plan, summary
from capi.settings import Settings, overlay

ROOT: Final = Path(__file__).resolve().parent.parent
PLANS: Final = ROOT / "fixtures" / "plan"
SNAPSHOTS: Final = sorted(path for path in PLANS.rglob("*.json") if not path.name.endswith(".expect.json"))
NUMBERS: Final = frozenset(
    {"quantity", "price", "trigger_price", "sl", "tp1", "tp2", "qty", "entered", "entry_price", "volatility"}
)
WITHOUT_NUMBERS: Final = frozenset(
    {
        *("flat", "unusable", "paused", "safe_mode", "account_mode", "session", "risk_check", "view_incomplete"),
        *("write_unconfirmed", "set_margin_mode", "arm_dead_man", "cancel_leftovers", "foreign_orders", "close_trade"),
    }
)
"""Rules that say all there is to say in words."""
UNKNOWN: Final = re.compile("unknown|no price is known|cannot be read")
SAID_BY_RULES: Final = frozenset({"write_unconfirmed", "below_minimum", "position", "safe_mode"})
"""Names of gates under which a rule refuses as well, the gate itself open: an unconfirmed stop, a cancel that comes
first, a rest too small, a position that is being left, safe mode entered in this very plan."""

Json = dict[str, Any]


def name_of(path: Path) -> str:
    """Return a fixture's name: `stale/at_the_bound`."""
    return str(path.relative_to(PLANS).with_suffix(""))


def expectation(path: Path) -> Json:
    """Return what stands beside a snapshot."""
    expected: Json = json.loads(path.with_suffix(".expect.json").read_text())
    return expected


@cache
def given(path: Path) -> tuple[Decision | Unusable, Account, Orders, Config]:
    """Return what a snapshot gives to `plan`."""
    snapshot = read_snapshot(path.read_bytes())
    config = overlay(Settings(), snapshot.config).core()
    decision = snapshot.decision(symbol=config.symbol, id_prefix=config.id_prefix).decision
    return decision, with_safe_ids(snapshot.account, config.id_prefix), snapshot.orders, config


def planned(path: Path) -> Json:
    """Return what `capi plan --json` would print of a snapshot."""
    stands = summary(*given(path))
    return {
        "state": stands.state,
        "guard": stands.guard,
        "actions": [action_to_json(action) for action in plan(*given(path))],
    }


def comparable(action: Json) -> Json:
    """Return an action without its reason, its numbers as numbers: 0.10 is 0.1."""
    return {
        key: Decimal(value) if key in NUMBERS and value is not None else value
        for key, value in action.items()
        if key != "reason"
    }


def assert_as_expected(document: Json, expected: Json) -> None:
    """Hold a whole plan to its expectation."""
    assert [comparable(action) for action in document["actions"]] == [
        comparable(action) for action in expected["actions"]
    ], expected["why"]
    assert (document["state"], document["guard"]) == (expected["state"], expected["guard"]), expected["why"]


@pytest.mark.parametrize("path", SNAPSHOTS, ids=name_of)
def test_plan_is_as_expected(path: Path) -> None:
    assert_as_expected(planned(path), expectation(path))


@pytest.mark.parametrize("path", SNAPSHOTS, ids=name_of)
def test_every_action_says_why_with_its_numbers(path: Path) -> None:
    for action in planned(path)["actions"]:
        reason = action["reason"]
        assert reason.strip(), action
        if action["rule"] not in WITHOUT_NUMBERS and not UNKNOWN.search(reason):
            assert re.search("[0-9]", reason), f"no number in: {action['rule']}: {reason}"


@pytest.mark.parametrize("path", SNAPSHOTS, ids=name_of)
def test_numbers_are_written_in_fixed_point(path: Path) -> None:
    for action in planned(path)["actions"]:
        for key in NUMBERS & action.keys():
            assert action[key] is None or re.fullmatch(r"[0-9]+(\.[0-9]+)?", action[key]), f"{key}: {action[key]}"


@pytest.mark.parametrize("path", SNAPSHOTS, ids=name_of)
def test_explanation_names_every_gate_and_the_closed_ones(path: Path) -> None:
    explained = explain(*given(path))
    gates = [one for one in explained if one.kind == "gate"]
    assert [one.name for one in gates] == [gate.name for gate in GATES]
    closed = {one.name for one in gates if one.outcome == "closed"}
    refused = {action["rule"] for action in planned(path)["actions"] if action["action"] == "refuse"}
    assert refused & {gate.name for gate in GATES} <= closed | SAID_BY_RULES
    assert all(one.reason for one in explained)


@pytest.mark.parametrize("path", SNAPSHOTS, ids=name_of)
def test_horizon_begins_after_the_look(path: Path) -> None:
    bounds, now_ms = horizon(*given(path)), given(path)[1].now_ms
    assert bounds.until_ms is None or bounds.until_ms > now_ms


def test_every_snapshot_has_its_expectation_and_every_expectation_its_snapshot() -> None:
    expected = {path.name.removesuffix(".expect.json") for path in PLANS.rglob("*.expect.json")}
    assert expected == {path.stem for path in SNAPSHOTS}
    assert all(expectation(path)["why"].endswith(".") for path in SNAPSHOTS)


def test_every_gate_has_a_fixture_that_closes_it() -> None:
    closed = {
        action["rule"] for path in SNAPSHOTS for action in expectation(path)["actions"] if action["action"] == "refuse"
    }
    assert {gate.name for gate in GATES} <= closed


def test_every_kind_of_action_has_a_fixture() -> None:
    kinds = {action["action"] for path in SNAPSHOTS for action in expectation(path)["actions"]}
    assert kinds == {
        *("place_order", "cancel_order", "set_leverage", "set_margin_mode", "arm_dead_man", "open_trade"),
        *("update_trade", "close_trade", "adopt_position", "enter_safe_mode", "alert", "refuse"),
    }


def test_the_example_places_one_entry() -> None:
    document = planned(ROOT / "fixtures" / "example.json")
    assert (document["state"], document["guard"]) == ("NO_POSITION", "none")
    [entry] = document["actions"]
    assert (entry["client_order_id"], entry["price"], entry["quantity"]) == (
        "capi_entry_20251128T100500Z",
        "90800.0",
        "0.011",
    )


@pytest.mark.parametrize(
    "name",
    [
        "enter_position/first_limit",
        "protect_position/ratchet_placed_first",
        "exit_position/naked_too_long",
        "record_trade/turned_to_the_other_side",
        "unusable/torn_file",
        "life_of_a_trade/09_protected",
    ],
)
def test_the_command_prints_the_same_plan(name: str, tmp_path: Path) -> None:
    path = PLANS / f"{name}.json"
    ran = subprocess.run(
        [sys.executable, "-c", "from capi.cli.main import main; main()", "plan", "--snapshot", str(path), "--json"],
        cwd=tmp_path,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CAPI_")}, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    assert_as_expected(document, expectation(path))
    assert all(action["reason"] for action in document["actions"])
