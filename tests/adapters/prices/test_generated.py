"""The generated market: the same for the same seed, valid throughout, and with work for every part of the engine."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from capi.adapters.decision_json import read_decision
from capi.adapters.prices.generated import generate
from capi.adapters.prices.generated_market import START_MS, TICK
from capi.core.decision import Decision
from capi.ports.market import Quote

HOURS = 6


def replayed(seed: int) -> tuple[list[Quote], list[dict[str, Any]]]:
    quotes, decisions = generate(seed, HOURS)
    return list(quotes), decisions


def test_the_same_seed_gives_the_same_market_and_another_another() -> None:
    assert replayed(7) == replayed(7)
    first, second = replayed(7), replayed(8)
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_decisions_know_nothing_of_what_comes_after_them() -> None:
    quotes, decisions = generate(7, 2)
    longer_quotes, longer_decisions = generate(7, 3)
    assert longer_decisions[: len(decisions)] == decisions
    assert all(one == other for one, other in zip(quotes, longer_quotes, strict=False))


def test_this_market_is_this_market_on_every_machine() -> None:
    quotes, decisions = replayed(7)
    assert [str(it.bid) for it in quotes[::5_400]] == ["75000.6", "74972", "75642.1", "74647.6"]
    assert Counter(it["action"] for it in decisions) == {"short": 29, "long": 25, "flat": 18}


@pytest.mark.parametrize("seed", range(3))
def test_every_quote_is_valid(seed: int) -> None:
    quotes, _ = replayed(seed)
    assert len(quotes) == HOURS * 3_600
    assert [it.timestamp_ms for it in quotes] == [START_MS + it * 1_000 for it in range(len(quotes))]
    for it in quotes:
        assert Decimal(60_000) <= it.bid < it.ask < Decimal(91_000)
        assert it.bid % TICK == it.ask % TICK == 0
        assert it.bid_qty is not None
        assert it.bid_qty > 0
        assert it.ask_qty is not None
        assert it.ask_qty > 0
    spreads = [(it.ask - it.bid) / it.bid for it in quotes]
    assert min(spreads) < Decimal("0.00001")
    assert max(spreads) > Decimal("0.0005"), "the spread gate has something to refuse"
    assert max(abs(b.bid - a.bid) for a, b in pairwise(quotes)) > 80, "there are jumps"


@pytest.mark.parametrize("seed", range(10))
def test_every_decision_is_valid(seed: int) -> None:
    _, decisions = replayed(seed)
    assert len(decisions) == HOURS * 12
    times = [int(datetime.fromisoformat(it["timestamp_iso"]).timestamp() * 1_000) for it in decisions]
    assert times == [START_MS + it * 300_000 for it in range(len(decisions))]
    for it in decisions:
        assert it["symbol"] == "BTCUSDT"
        if it["action"] == "flat":
            assert (it["entry_zone"], it["sl"], it["position_size_usdt"]) == (None, None, 0)
            continue
        short = it["action"] == "short"
        targets = [target for target in (it["tp1"], it["tp2"]) if target is not None]
        order = [it["sl"], *sorted(it["entry_zone"], reverse=short), *targets]
        assert order == sorted(set(order), reverse=short)
        assert it["entry_zone"] == sorted(it["entry_zone"])
        assert all(isinstance(price, Decimal) and price % TICK == 0 for price in order)
        assert 2_000 <= it["position_size_usdt"] <= 12_000
        assert 2 <= it["leverage"] <= 5
        assert Decimal("0.4") <= it["confidence"] < 1
    assert {it["action"] for it in decisions} == {"long", "short", "flat"}


def outcome(quotes: Sequence[Quote], start: int, decision: dict[str, Any]) -> str:
    """Return what would become of a decision by the touch alone: whether the engine's rules would meet work."""
    sign = 1 if decision["action"] == "long" else -1
    low, high = decision["entry_zone"]
    middle = (low + high) / 2
    risk = abs(middle - decision["sl"])
    inside = 0
    for index, quote in enumerate(quotes[start : start + 300], start):
        touch = quote.ask if sign > 0 else quote.bid
        if sign * (middle - touch) >= 0:
            return "late " * (inside > 15) + ended(quotes[index:], sign, middle, risk)
        inside += low <= touch <= high
    return "missed inside the zone" if inside > 60 else "missed"


def ended(quotes: Sequence[Quote], sign: int, middle: Decimal, risk: Decimal) -> str:
    """Return how a trade from `middle` ends; its stop lies about `risk` away."""
    best = Decimal(0)
    for quote in quotes:
        gain = sign * ((quote.bid if sign > 0 else quote.ask) - middle)
        best = max(best, gain)
        if gain <= -risk or (best >= risk * 3 / 2 and gain <= 0):
            return "stopped after tp1" if best >= risk * 3 / 2 else "stopped"
        if gain >= risk * 3:
            return "tp2"
    return "open"


@pytest.mark.parametrize("seed", range(5))
def test_every_decision_is_read_as_a_decision(seed: int) -> None:
    for it in replayed(seed)[1]:
        read = read_decision(it, symbol="BTCUSDT", id_prefix="capi", mtime_ms=None).decision
        assert isinstance(read, Decision), read
        assert (read.proposal.direction if read.proposal else "flat") == it["action"]


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_there_is_work_for_every_part_of_the_engine(seed: int) -> None:
    quotes, decisions = replayed(seed)
    met = Counter(outcome(quotes, index * 300, it) for index, it in enumerate(decisions) if it["action"] != "flat")
    total: Counter[str] = Counter()
    for name, count in met.items():
        total[name.removeprefix("late ")] += count
    assert total["stopped"] >= 3
    assert total["stopped after tp1"] >= 1
    assert total["tp2"] >= 2
    assert total["missed"] >= 1
    assert total["missed inside the zone"] >= 2, "chases and market entries"
    assert sum(count for name, count in met.items() if name.startswith("late ")) >= 3, "chases"
    assert {it["confidence"] >= Decimal("0.75") for it in decisions if it["action"] != "flat"} == {True, False}


def test_no_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        generate(7, 0)
