"""`capi snapshot`: what `capi plan` makes of the file is what the engine itself would have done on that look."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from capi.adapters.action_json import action_to_json
from capi.adapters.snapshot_ids import with_safe_ids
from capi.adapters.snapshot_json import read_snapshot
from capi.adapters.snapshot_writer import snapshot_document
from capi.cli.live.session import looking
from capi.cli.snapshot import document_of as snapshot_of
from capi.core.decision import Unusable
from capi.core.plan import plan
from capi.core.units import EXACT
from capi.ports.decisions import Received
from tests.live.stage import Acting, Setting, acting
from tests.properties.profiles import examples
from tests.properties.worlds import World, worlds
from tests.serve.served import served
from tests.worlds import ACCOUNT

D = Decimal


def nothing(run: Acting) -> None:
    run.decide()
    run.passes(2)


def resting(run: Acting) -> None:
    run.decide()
    run.until(lambda: "capi_entry_d1" in run.resting)
    run.passes(2)


def partly_filled(run: Acting) -> None:
    resting(run)
    run.venue.price("76899.9", "76900.0", ask_qty="0.004")
    run.venue.price("76930.0", "76930.1")
    run.until(lambda: "capi_sl_d1" in run.resting)


def in_position(run: Acting) -> None:
    resting(run)
    run.venue.price("76890.0", "76890.1")
    run.until(lambda: {"capi_sl_d1", "capi_tp1_d1"} <= set(run.resting))


def naked(run: Acting) -> None:
    in_position(run)
    run.venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")


def orphan(run: Acting) -> None:
    run.passes(2)
    run.venue.control("POST", "order", side="SELL", type="MARKET", quantity="0.010")


def unreadable_decision(run: Acting) -> None:
    resting(run)
    (run.setting.folder / "data" / "decision.json").write_text('{"action": "long", "entry_zone": [1, "x"]}')


@pytest.mark.parametrize(
    "scene",
    [nothing, resting, partly_filled, in_position, naked, orphan, unreadable_decision],
    ids=lambda it: it.__name__,
)
def test_plan_answers_with_the_engines_own_plan(tmp_path: Path, scene: Callable[[Acting], None]) -> None:
    with served() as venue, acting(venue, tmp_path, chase={"threshold": "0.2%"}, risk={"leverage_max": 4}) as run:
        scene(run)
        run.end()
        with looking(run.setting.settings, records=False) as session:
            report = session.engine.run_pass()
            document = snapshot_of(session, report)
        file = tmp_path / "now.json"
        file.write_text(json.dumps(document))
        result = Setting(venue, tmp_path / "elsewhere").capi("plan", "--json", "--snapshot", str(file))
        assert result.exit_code == 0, result.stderr
        planned = json.loads(result.stdout)
        expected = [action_to_json(action) for action in report.actions]
        if isinstance(report.decision, Unusable):  # why it is unusable reads differently where no file stands behind it
            for action in (*expected, *planned["actions"]):
                action.pop("reason") if action["rule"] == "unusable" else None
        assert planned["actions"] == expected
        assert (planned["state"], planned["guard"]) == (report.state, report.guard)


def test_the_command_writes_to_stdout_or_to_a_file(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.decide()
        shown = user.capi("snapshot")
        assert json.loads(shown.stdout)["decision"]["decision_id"] == "d1"
        file = tmp_path / "now.json"
        result = user.capi("snapshot", "--out", str(file))
        assert (result.exit_code, result.stdout) == (0, "")
        assert json.loads(file.read_text())["account"]["equity"] == "10000"
        assert not user.room.exists()
        assert user.capi("snapshot", "--out", str(tmp_path / "no" / "folder")).exit_code == 1


def could_be_live(world: World) -> bool:
    """Whether an exchange could show it: a book that is not crossed, no price of 0, no third of a step."""
    market, instrument = world.account.market, world.account.instrument
    if market.bid is not None and market.ask is not None and market.bid >= market.ask:
        return False
    if world.account.position.liquidation_price == 0:
        return False
    quantities = (instrument.max_qty, instrument.market_max_qty)
    return all(qty is None or qty == qty.quantize(D("1e-18"), context=EXACT) for qty in quantities)


@examples(60)
@given(worlds().filter(could_be_live))
def test_every_world_comes_back_as_it_was(world: World) -> None:
    document = snapshot_document(Received(decision=world.decision), world.account, world.orders, {})
    snapshot = read_snapshot(json.dumps(document).encode())
    assert snapshot.account == world.account
    assert snapshot.orders == world.orders
    if not isinstance(world.decision, Unusable):
        config = world.config
        read = snapshot.decision(symbol=config.symbol, id_prefix=config.id_prefix).decision
        assert read == world.decision
        safe = with_safe_ids(snapshot.account, config.id_prefix)
        assert plan(read, safe, snapshot.orders, config) == world.plan()


def test_a_number_with_more_digits_than_are_read_is_cut() -> None:
    third = D(1) / D(3)
    account = replace(ACCOUNT, equity=third)
    document = snapshot_document(Received(decision=Unusable(reason="none")), account, (), {})
    assert read_snapshot(json.dumps(document).encode()).account.equity == third.quantize(D("1e-18"))
