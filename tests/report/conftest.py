"""Rooms to report on: an engine that was stopped out of one trade, and a bundled replay."""

from pathlib import Path

import pytest

from capi.adapters.duckdb.rebuild import ensure_projected
from tests.cli.run import run
from tests.reading.stage import ShownStage

OUT_BY_THE_STOP = (90000, 89790, 89790, 89790, 89790)


def _in_a_trade(folder: Path) -> ShownStage:
    room = folder / "data" / "paper" / "BTCUSDT"
    room.mkdir(parents=True)
    stage = ShownStage(room)
    stage.enter()
    ensure_projected(room)
    return stage


def _stopped_out(folder: Path) -> ShownStage:
    stage = _in_a_trade(folder)
    for price in OUT_BY_THE_STOP:
        stage.run(price=price)
    return stage


@pytest.fixture
def traded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShownStage:
    """An engine in a long, whose database knows of it; its user's folder is the current one."""
    monkeypatch.chdir(tmp_path)
    return _in_a_trade(tmp_path)


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShownStage:
    """The same, stopped out since: of that the journal alone knows."""
    monkeypatch.chdir(tmp_path)
    return _stopped_out(tmp_path)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ShownStage]:
    folder = tmp_path_factory.mktemp("stopped_out")
    return folder, _stopped_out(folder)


@pytest.fixture
def seen(_shared: tuple[Path, ShownStage], monkeypatch: pytest.MonkeyPatch) -> ShownStage:
    """The same, to look at only: many tests share it."""
    folder, stage = _shared
    monkeypatch.chdir(folder)
    return stage


@pytest.fixture(scope="session")
def _replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("replayed")
    done = run(("paper", "--json"), folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def replayed(_replayed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The document of `capi paper --json`; the folder that it ran in is the current one."""
    folder, document = _replayed
    monkeypatch.chdir(folder)
    return document
