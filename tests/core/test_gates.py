"""Every gate on both sides of its bound, by itself; an unknown figure closes its gate, and a flat asks nothing."""

from typing import Final

import pytest

from capi.core.gates import GATES
from tests.core.gate_cases import OPEN, SHUT, World

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
