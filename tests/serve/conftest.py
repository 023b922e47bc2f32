from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.client import Client, trading

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests here reach the exchange that they serve on this machine, and nothing else."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a fresh exchange: 10 000 USDT, bid 76915.0, ask 76915.1 with 5 BTC each, no delay."""
    with trading() as made:
        yield made
