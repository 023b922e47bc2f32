"""Snapshots of `capi plan`, through the command as a person gives it: a plan that keeps its shape, or one sentence."""

import json
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner

from capi.cli.main import app
from tests.adapters.snapshot_examples import INTENT, ORDER, SNAPSHOT, TRADE, changed
from tests.fuzz.target import Target, check_sentence

ROOT: Final = Path(__file__).resolve().parent.parent.parent
FIXTURES: Final = sorted(path for path in (ROOT / "fixtures/plan").rglob("*.json") if ".expect." not in path.name)
_ENTRY: Final = {
    **ORDER, "client_order_id": INTENT["client_order_id"], "kind": "plain", "side": "BUY", "type": "LIMIT",
    "price": "90800.0", "trigger_price": None, "quantity": "0.011", "reduce_only": False, "close_position": False,
}  # fmt: skip
_HELD: Final = changed(
    account__position={"qty": "0.010", "entry_price": "90800", "liquidation_price": "62000", "since": None},
    account__trade=TRADE,
    orders=[ORDER],
)
_RESTING: Final = changed(account__intents=[INTENT], orders=[_ENTRY])
GOOD: Final = tuple(json.dumps(one).encode() for one in (SNAPSHOT, _HELD, _RESTING)) + tuple(
    path.read_bytes() for path in FIXTURES
)
STATES: Final = {"NO_POSITION", "IN_POSITION", "POSITION_CLOSED"}
GUARDS: Final = {"none", "guarded", "guarded_by_previous", "naked", "unknown"}
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="capi-fuzz-")
_RUNNER: Final = CliRunner(env={"CAPI_SYMBOL": None})


def check(document: bytes) -> str:
    """Give the file to the command."""
    path = Path(_FOLDER.name) / f"snapshot-{os.getpid()}.json"  # the folder is shared by the processes of a campaign
    path.write_bytes(document)
    nowhere = Path(_FOLDER.name) / f"capi-{os.getpid()}.toml"
    nowhere.write_bytes(b"")
    result = _RUNNER.invoke(app, ["plan", "--json", "--config", str(nowhere), "--snapshot", str(path)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code == 2:
        assert result.stdout == ""
        for line in result.stderr.strip().split("\n"):
            check_sentence(line.replace(str(path), "s.json"))
        return "refused"
    assert result.exit_code == 0, (result.exit_code, result.stderr)
    assert result.stderr == ""
    check_plan(json.loads(result.stdout, parse_float=_no_number, parse_int=_whole), document)
    return "planned"


def _no_number(token: str) -> Any:
    raise AssertionError(f"a number that is no text: {token}")


def _whole(token: str) -> int:
    assert len(token) < 12, token
    return int(token)


def check_plan(printed: Any, document: bytes) -> None:
    """State and guard are known words; prices on ticks, quantities on steps; nothing is entered on an unsure view."""
    assert printed["state"] in STATES
    assert printed["guard"] in GUARDS
    given: Any = json.loads(document, parse_float=str, parse_int=str)
    account = given["account"]
    tick, step = (Decimal(account["instrument"][name]) for name in ("tick_size", "step_size"))
    for action in printed["actions"]:
        check_sentence(f"{action['reason'][:300]}; ")
        assert action["rule"]
        if action["action"] == "place_order":
            _check_order(action, tick, step)
    entries = [it for it in printed["actions"] if it["action"] == "place_order" and it["role"] == "entry"]
    if entries:
        assert account.get("complete") is not False
        assert account["position"]["qty"] is not None
        assert isinstance(given["decision"], dict | str)
        assert not account.get("paused")
        assert account.get("safe_mode") in (None, False)
        assert not any(action["action"] == "cancel_order" for action in printed["actions"])


def _check_order(order: Any, tick: Decimal, step: Decimal) -> None:
    units = {"price": tick, "trigger_price": tick, "sl": tick, "tp1": tick, "tp2": tick, "quantity": step}
    for name, unit in units.items():
        told = order.get(name)
        if told is None:
            continue
        assert "E" not in told.upper(), f"{name} {told} has an exponent"
        assert Decimal(told) > 0, f"{name} {told}"
        assert Decimal(told) % unit == 0, f"{name} {told} is no multiple of {unit}"
    assert order["quantity"] is not None or order["close_position"]
    assert order["role"] == "entry" or order["reduce_only"] or order["close_position"], f"{order} could open"


TARGET: Final = Target(name="snapshot", good=GOOD, check=check, outcomes=frozenset({"refused", "planned"}), every=20)
