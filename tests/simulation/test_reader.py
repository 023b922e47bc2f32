"""A decision file that is overwritten in the very moment of a read: what the engine's reader makes of it."""

from decimal import Decimal
from pathlib import Path
from random import Random

from capi.cli.simulation.decisions import Writer
from capi.cli.simulation.reader import KIND, SHARE, Overwriter, PlacelessSource
from capi.core.decision import Decision
from tests.simulation.stage import Stage

CALM_MS = 600_000
GOOD = 1
"""A seed by which the first decision is a good one."""
SEEDS = [seed for seed in range(200) if Random(seed).random() < SHARE]


def read_through(folder: Path, seed: int, muted: frozenset[str] = frozenset()) -> tuple[list[str], set[str]]:
    """Read twice a second; return what went wrong, and what of that which was read no whole file had held."""
    stage, told, strange = Stage(), list[str](), set[str]()
    world, until_ms = stage.world, stage.world.now_ms + CALM_MS
    writer = Writer(  # writes once, a good one
        world, folder, Random(GOOD), Decimal(10_000), world.now_ms + 1, muted=frozenset(), told=lambda kind, what: None
    )
    overwriter = Overwriter(
        world, writer, Random(seed), until_ms, badness=1.0, muted=muted, told=lambda kind, what: told.append(what)
    )
    source = PlacelessSource(folder, "BTCUSDT", "capi", world, overwriter)
    while world.now_ms < until_ms:
        world.pass_time(500)
        decision = source.latest(world.now_ms).decision
        if isinstance(decision, Decision) and writer.good.get(decision.timestamp_ms) != decision.proposal:
            strange.add(decision.decision_id)
    last = source.latest(world.now_ms).decision
    assert isinstance(last, Decision)
    assert last.timestamp_ms == max(writer.good)  # whatever was read, the whole one is in force at last
    return told, strange


def test_a_part_or_all_of_the_old_one_is_read_and_nothing_that_was_not_whole_is_in_force(tmp_path: Path) -> None:
    told = list[str]()
    for seed in SEEDS[:10]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        said, strange = read_through(folder, seed)
        assert said
        assert strange == set()
        told += said
    assert any("the old one is read" in what for what in told)
    assert any("bytes of the old one are read" in what for what in told)


def test_it_can_be_left_out(tmp_path: Path) -> None:
    assert read_through(tmp_path, SEEDS[0], frozenset({KIND})) == ([], set())
