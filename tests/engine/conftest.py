"""The stage that most of the engine's tests begin on."""

from pathlib import Path

import pytest

from tests.engine.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An engine that has seen the account flat for long enough: the next pass sends the entry."""
    stage = Stage(tmp_path)
    stage.run(2)
    return stage
