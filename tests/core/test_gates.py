"""Every gate on both sides of its bound, by itself; an unknown figure closes its gate, and a flat asks nothing."""

from decimal import Decimal
from typing import Final

import pytest

from capi.core.gates import GATES, LASTING, OF_MARKET
from capi.core.plan import horizon, plan
from tests.core.gate_cases import OPEN, SHUT, World
from tests.core.planning import refused
from tests.worlds import CONFIG, LONG, D, account, market

BLOCK_ONLY: Final = {"view_incomplete", "write_unconfirmed", "spread", "distance", "wrong_side", "settings_unconfirmed"}


@pytest.mark.parametrize(("gate", "world"), OPEN, ids=[f"{gate}-{n}" for n, (gate, _) in enumerate(OPEN)])
def test_open(gate: str, world: World) -> None:
    assert gate not in {one.gate.name for one in world.closed()}


@pytest.mark.parametrize(("gate", "world", "said"), SHUT, ids=[f"{gate}-{n}" for n, (gate, _, _) in enumerate(SHUT)])
def test_closed_and_said(gate: str, world: World, said: str) -> None:
    reasons = {one.gate.name: one.reason for one in world.closed()}
    assert gate in reasons
    assert said in reasons[gate]


def test_both_sides_of_every_gate_are_tried() -> None:
    names = {gate.name for gate in GATES}
    assert {gate for gate, _ in OPEN} == names
    assert {gate for gate, _, _ in SHUT} == names


def test_in_the_example_world_every_gate_is_open() -> None:
    assert World().closed() == []


def test_every_closed_gate_comes_back_not_just_the_first() -> None:
    world = World(account={"equity": None, "paused": True, "complete": False}, market={"volatility": None})
    assert [one.gate.name for one in world.closed()] == [
        *("paused", "volatility", "drawdown_day", "drawdown_week", "equity", "view_incomplete"),
    ]


def test_which_gates_leave_a_resting_entry_alone() -> None:
    assert {gate.name for gate in GATES if not gate.cancels} == BLOCK_ONLY


@pytest.mark.parametrize("bid", [D("90650"), D("90650.1")])
def test_gates_of_the_market_bound_nothing_while_a_lasting_one_is_closed(bid: Decimal) -> None:
    """Paused: that the price is on the wrong side is told, and where that would change bounds no horizon."""
    now = market(bid=bid, ask=bid + D("0.1"), mark=bid, last=bid)
    entering, waiting = account(market=now), account(market=now, paused=True)
    assert {"paused", "wrong_side"} == refused(plan(LONG, waiting, (), CONFIG))
    assert "mid" in horizon(LONG, entering, (), CONFIG).high
    bounds = horizon(LONG, waiting, (), CONFIG)
    assert not {"mid", "mark", "spread", "volatility"} & (bounds.low.keys() | bounds.high.keys())


def test_the_lasting_gates_are_those_that_stand_before_any_gate_of_the_market() -> None:
    names = [gate.name for gate in GATES]
    before = names[: min(names.index(name) for name in OF_MARKET)]
    assert set(before) == LASTING
    assert all(gate.cancels for gate in GATES if gate.name in LASTING)
