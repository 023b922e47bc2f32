"""Lists by time, read whole: which rows a full list leaves out is not the same for all of them.

A list tells at most 1000 rows and less than seven days at once; a span whose list is full is asked for again in halves.
Source: binance-usdm facts, sections 2.2, 2.3 and 2.5.
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from capi.adapters.binance.calls import PAGE
from capi.core.errors import ExchangeError, Unavailable

DAY_MS: Final = 86_400_000
SPAN_MS_MAX: Final = 6 * DAY_MS
"""The exchange wants less than seven days."""


class Listed(Protocol):
    """One answer."""

    @property
    def length(self) -> int:
        """Return how many rows it had."""
        ...


P = TypeVar("P", bound=Listed)
Ask = Callable[[int, int], Result[P, ExchangeError]]
"""Asks for what was from one time to another, both included."""


def read_spans(name: str, ask: Ask[P], spans: list[tuple[int, int]]) -> Result[list[P], ExchangeError]:
    """Return every page of spans, the last one of them first to be asked for; `name` is for sentences."""
    pages: list[P] = []
    left = list(spans)
    while left:
        first, last = left.pop()
        result = ask(first, last)
        if not is_successful(result):
            return Failure(result.failure())
        page = result.unwrap()
        if page.length < PAGE:
            pages.append(page)
        elif first == last:
            return Failure(Unavailable(f"{name}: {PAGE} rows or more in one millisecond, which no list tells"))
        else:
            middle = (first + last) // 2
            left += [(middle + 1, last), (first, middle)]
    return Success(pages)


def spans_of(since_ms: int, now_ms: int, today_ms: int) -> list[tuple[int, int]]:
    """Return the spans to ask for, today's apart: the latest first, both ends included."""
    spans = []
    first = since_ms
    while first <= now_ms:
        end = today_ms if first < today_ms else now_ms + 1
        last = min(first + SPAN_MS_MAX, end) - 1
        spans.append((first, last))
        first = last + 1
    return spans[::-1]
