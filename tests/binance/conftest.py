"""The scripted exchange, for every test of the adapter that wants it."""

from collections.abc import Iterator

import pytest
import respx

from tests.binance.stand import Stand, mount


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Yield the adapter on a scripted exchange; no request can leave the process."""
    with respx.mock(assert_all_called=False) as router:
        made = Stand()
        mount(made, router)
        yield made
        made.close()
