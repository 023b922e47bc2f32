"""What a look reads by REST while streams speak, and that it reads all the same what they did not tell."""

from collections.abc import Iterator
from typing import Final

import pytest
import respx

from capi.adapters.binance.connector import IDLE_SECONDS_MAX
from capi.adapters.binance.flows import FILLS_EVERY_MS, FILLS_RARELY_MS
from capi.adapters.binance.observer import SPARE_EVERY_MS
from tests.binance import replies
from tests.binance.stand import Stand, mount
from tests.streams.stage import D

FILLS: Final = "GET /fapi/v1/userTrades"
TIME: Final = "GET /fapi/v1/time"
POSITION: Final = "GET /fapi/v3/positionRisk"


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Yield the adapter on a scripted exchange, long after its first look."""
    with respx.mock(assert_all_called=False) as router:
        made = Stand()
        mount(made, router)
        for _ in range(3):
            made.look(fills_after=1)
            made.now_ms += 4000
        yield made
        made.close()


def passed(stand: Stand, milliseconds: int) -> list[str]:
    """Let time pass, look, and return what was asked."""
    stand.now_ms += milliseconds
    since = len(stand.sent)
    stand.look(fills_after=1)
    return stand.names(since)


def test_fills_are_read_rarely_while_a_stream_tells_of_them(stand: Stand) -> None:
    assert FILLS in passed(stand, FILLS_EVERY_MS)
    stand.exchange.incoming.tells_of_account = lambda: True
    assert FILLS not in passed(stand, FILLS_EVERY_MS)
    assert FILLS in passed(stand, FILLS_RARELY_MS)
    stand.exchange.incoming.stop()
    assert FILLS in passed(stand, FILLS_EVERY_MS)


def test_a_position_that_changed_without_a_word_has_the_fills_read_and_the_stream_suspected(stand: Stand) -> None:
    stand.exchange.incoming.tells_of_account = lambda: True
    passed(stand, FILLS_RARELY_MS)
    before = stand.exchange.incoming.change
    assert before is None
    stand.replies[POSITION] = [replies.POSITION]
    asked = passed(stand, FILLS_EVERY_MS)
    assert POSITION in asked
    shown = stand.exchange.incoming.change
    assert shown is not None
    assert shown[0] < shown[1]
    assert FILLS in passed(stand, 1000)
    assert stand.look(fills_after=1).position.qty != D(0)


def test_an_event_has_fills_and_position_read_at_the_next_look(stand: Stand) -> None:
    stand.exchange.incoming.tells_of_account = lambda: True
    passed(stand, FILLS_RARELY_MS)
    assert not {FILLS, POSITION} & set(passed(stand, 100))
    stand.exchange.note_event()
    assert {FILLS, POSITION} <= set(passed(stand, 100))


def test_a_spare_connection_is_kept_warm_for_a_stop_that_goes_out_while_a_look_reads(stand: Stand) -> None:
    passed(stand, 61_000)
    stand.now_ms += 1000
    assert TIME not in passed(stand, SPARE_EVERY_MS)
    stand.exchange.incoming.listen(lambda told: None, lambda: None)
    assert TIME in passed(stand, SPARE_EVERY_MS)
    assert TIME not in passed(stand, SPARE_EVERY_MS // 2)
    assert SPARE_EVERY_MS < IDLE_SECONDS_MAX * 1000
