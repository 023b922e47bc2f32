from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.desks import Desk, binance_desk, paper_desk

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests here reach the exchange that they serve on this machine, and nothing else."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(params=[paper_desk, binance_desk], ids=["paper", "binance over HTTP"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Yield the same desk twice: the paper exchange in this process, and the adapter on one that is served."""
    with request.param() as made:
        yield made
