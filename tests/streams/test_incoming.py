"""The queue between the streams' threads and the engine's."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from capi.adapters.binance.incoming import Incoming
from capi.ports.streams import Disturbed, StreamEvent

FIRST, SECOND = Disturbed(at_ms=1, reason="one"), Disturbed(at_ms=2, reason="two")


class Reading:
    """A read that ends when it is told to."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.may_end = threading.Event()
        self.future: Future[None] = pool.submit(self._read)

    def _read(self) -> None:
        assert self.may_end.wait(10)


def test_what_is_told_wakes_and_waits_in_order() -> None:
    incoming, woken = Incoming(), []
    incoming.listen(lambda told: None, lambda: woken.append(1))
    incoming.tell(FIRST)
    incoming.tell(SECOND)
    assert len(woken) == 2
    assert incoming.drain() == [FIRST, SECOND]
    assert incoming.drain() == []


def test_what_comes_while_reads_go_on_is_heard_at_once() -> None:
    incoming, heard = Incoming(), list[StreamEvent]()
    with ThreadPoolExecutor(2) as pool:
        reads = [Reading(pool), Reading(pool)]

        def hear(told: Sequence[StreamEvent]) -> None:
            assert not reads[0].future.done()
            heard.extend(told)
            for read in reads:
                read.may_end.set()

        incoming.listen(hear, lambda: None)
        incoming.tell(FIRST)
        incoming.tell(SECOND)
        incoming.attend([read.future for read in reads])
        assert heard == [FIRST, SECOND]
        assert all(read.future.done() for read in reads)


def test_what_a_read_raised_is_raised_when_all_have_ended() -> None:
    incoming = Incoming()
    incoming.listen(lambda told: None, lambda: None)
    with ThreadPoolExecutor(2) as pool:
        failing, other = pool.submit(lambda: 1 // 0), Reading(pool)
        other.may_end.set()
        with pytest.raises(ZeroDivisionError):
            incoming.attend([failing, other.future])  # type: ignore[list-item]  # what it returns is not looked at
        assert other.future.done()


def test_a_bug_in_hearing_leaves_the_queue_usable() -> None:
    incoming = Incoming()

    def fails(told: Sequence[StreamEvent]) -> None:
        raise ZeroDivisionError

    incoming.listen(fails, lambda: None)
    with ThreadPoolExecutor(1) as pool:
        read = Reading(pool)
        incoming.tell(FIRST)
        with pytest.raises(ZeroDivisionError):
            incoming.attend([read.future])
        read.may_end.set()
        read.future.result(10)
    incoming.tell(SECOND)
    assert incoming.drain() == [SECOND]


def test_nobody_is_woken_any_more_after_the_end() -> None:
    incoming, woken = Incoming(), []
    incoming.listen(lambda told: None, lambda: woken.append(1))
    incoming.tells_of_account = lambda: True
    incoming.stop()
    incoming.tell(FIRST)
    assert woken == []
    assert not incoming.is_listening
    assert not incoming.tells_of_account()
