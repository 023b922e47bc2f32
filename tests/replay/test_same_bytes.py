"""The same inputs give the same output, byte for byte, but for wall-clock figures."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from capi.cli.replay.inputs import bundled
from capi.cli.replay.progress import progress_bar
from capi.cli.replay.run import replay
from capi.cli.replay.show import document_of
from capi.settings import load_settings
from tests.cli.run import run

BUSY = {"trades_per_day_max": 0, "daily_drawdown_max": "50%", "weekly_drawdown_max": "50%"}


def played(out: Path, seed: int, market_type: str) -> tuple[dict[str, Any], bytes]:
    tables = {
        "paper": {"seed": seed},
        "entry": {"market_type": market_type, "market_confidence": Decimal("0.4")},
        "risk": BUSY,
    }
    inputs = bundled(load_settings(None, tables, env={}), 2, out)
    with progress_bar(inputs.fraction) as progress:
        result = replay(
            inputs.settings,
            batches=inputs.batches,
            decisions=inputs.decisions,
            instrument=inputs.instrument,
            out=out,
            every_pass=False,
            progress=progress,
        )
    document = document_of(result)
    del document["seconds"]
    return document, (out / "journal.jsonl").read_bytes()


@pytest.mark.parametrize("seed", [1, 7, 23])
@pytest.mark.parametrize("market_type", ["market", "ioc"])
def test_a_bundled_market_twice(tmp_path: Path, seed: int, market_type: str) -> None:
    first, again = played(tmp_path / "1", seed, market_type), played(tmp_path / "2", seed, market_type)
    assert first == again
    assert first[0]["trades"], "nothing was traded: nothing was compared"


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    assert played(tmp_path / "1", 1, "market") != played(tmp_path / "2", 2, "market")


def test_two_processes_print_the_same(tmp_path: Path) -> None:
    """Also across processes: nothing may depend on hash seeds or on the order of sets."""
    printed = []
    for name, seed in (("a", "1"), ("b", "2")):
        done = run(["paper", "--json", "--hours", "1", "--out", name], tmp_path, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        del document["seconds"]
        printed.append(document)
    assert printed[0] == printed[1]
    assert (tmp_path / "a" / "journal.jsonl").read_bytes() == (tmp_path / "b" / "journal.jsonl").read_bytes()
