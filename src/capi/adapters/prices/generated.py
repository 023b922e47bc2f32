"""A market out of a seed, and decisions written for it: what `capi paper` replays when it is given nothing.

The same seed and length give the same quotes and decisions on every machine: all arithmetic is on integers. Every quote
and every decision is valid, and a decision knows nothing of the prices after it. Trends, quiet and stormy stretches,
jumps and wide spreads are crowded together, so that a few hours show every part of the engine; no result on this market
says anything about a strategy.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from capi.adapters.prices.generated_decisions import decide
from capi.adapters.prices.generated_market import quotes, walk
from capi.ports.market import Quote


def generate(seed: int, hours: int) -> tuple[Iterator[Quote], list[dict[str, Any]]]:
    """Return one quote a second for `hours` (≥ 1), and one decision every five minutes, as decision.json would say it.

    The decisions' numbers are Decimal, as an exact reading of JSON gives them; each is known from its `timestamp_iso`
    on. Both have their own dice: how the books are drawn changes no decision.
    """
    if hours < 1:
        raise ValueError(f"hours is {hours}: at least 1 is needed")
    prices = walk(Random(seed), hours * 3_600)
    return quotes(Random(f"quotes {seed}"), prices), decide(Random(f"decisions {seed}"), prices)
