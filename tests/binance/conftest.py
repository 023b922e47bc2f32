"""The scripted exchange, for every test of the adapter that wants it."""

from collections.abc import Iterator

import pytest
import respx
from Crypto.PublicKey import RSA

from tests.binance.stand import Stand, mount


@pytest.fixture(scope="session")
def rsa_key() -> RSA.RsaKey:
    """Return a key that only this run of the tests knows; making one takes its time."""
    return RSA.generate(2048)


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Yield the adapter on a scripted exchange; no request can leave the process."""
    with respx.mock(assert_all_called=False) as router:
        made = Stand()
        mount(made, router)
        yield made
        made.close()
