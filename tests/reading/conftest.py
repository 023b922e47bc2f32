"""Engines of the reading commands' tests: on the paper exchange, with a status board."""

from pathlib import Path

import pytest

from capi.adapters.duckdb.rebuild import ensure_projected
from tests.reading.stage import ShownStage


def _stage(folder: Path) -> ShownStage:
    """An engine in the live room of paper BTCUSDT under the folder's `data`."""
    room = folder / "data" / "paper" / "BTCUSDT"
    room.mkdir(parents=True)
    return ShownStage(room)


def _in_a_trade(folder: Path) -> ShownStage:
    """An engine in a long behind its stop, with its database up to date."""
    stage = _stage(folder)
    stage.enter()
    ensure_projected(stage.room)
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> ShownStage:
    """An engine that has run no pass."""
    return _stage(tmp_path)


@pytest.fixture
def traded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShownStage:
    """An engine in a trade, to go on with; its user's folder is the current one."""
    monkeypatch.chdir(tmp_path)
    return _in_a_trade(tmp_path)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ShownStage]:
    folder = tmp_path_factory.mktemp("seen")
    return folder, _in_a_trade(folder)


@pytest.fixture
def seen(_shared: tuple[Path, ShownStage], monkeypatch: pytest.MonkeyPatch) -> ShownStage:
    """The same, to look at only: many tests share it."""
    folder, stage = _shared
    monkeypatch.chdir(folder)
    return stage
