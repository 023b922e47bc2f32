"""The figures of a replay, counted while its journal is written: what is kept of them does not grow with its length."""

from collections.abc import Iterator
from decimal import Decimal

from capi.cli.replay.tally import ALERTS_KEPT, POINTS_MAX, Figures, Tally
from capi.ports.journal import Event


class Nowhere:
    """A journal that keeps nothing."""

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Forget it."""

    def events(self) -> Iterator[Event]:
        """Yield nothing."""
        return iter(())


def after_samples(count: int) -> Figures:
    """Return the figures after samples of equity that count up from 0."""
    tally = Tally(Nowhere())
    for number in range(count):
        tally.append({"event": "equity", "at_ms": number, "equity": Decimal(number), "wallet": Decimal(0)})
    return tally.figures


def test_every_sample_of_equity_is_kept_while_they_are_few() -> None:
    assert after_samples(POINTS_MAX).equity == list(range(POINTS_MAX))


def test_of_many_samples_of_equity_those_at_even_distances_are_kept() -> None:
    assert after_samples(POINTS_MAX + 1).equity == list(range(0, POINTS_MAX + 1, 2))
    assert after_samples(5 * POINTS_MAX).equity == list(range(0, 5 * POINTS_MAX, 8))


def test_the_last_alerts_are_kept() -> None:
    tally = Tally(Nowhere())
    for at_ms in range(ALERTS_KEPT + 3):
        tally.append({"event": "alert", "at_ms": at_ms, "level": "INFO", "code": "code", "rule": "r", "reason": "why"})
    assert [alert[0] for alert in tally.figures.alerts] == list(range(3, ALERTS_KEPT + 3))
