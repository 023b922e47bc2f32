from collections.abc import Iterator
from pathlib import Path

import pytest

from capi.adapters.telegram import sender
from tests.telegram.bot import SECONDS, Bot, bot

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests here reach the exchange that they serve on this machine, and nothing else."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses be short, as nobody is out there, and the end patient, as this machine may be busy."""
    monkeypatch.setattr(sender, "CLOSE_SECONDS", SECONDS)
    monkeypatch.setattr(sender, "GAP_SECONDS", 0.0)
    monkeypatch.setattr(sender, "BACK_OFF_SECONDS", 0.001)
    monkeypatch.setattr(sender, "BACK_OFF_SECONDS_MAX", 0.002)


@pytest.fixture
def telegram() -> Iterator[Bot]:
    """Yield a Telegram that answers as it is told."""
    with bot() as told:
        yield told
