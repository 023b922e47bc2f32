"""A look while it is being read. Filled from several threads: lists are only appended to, orders only added."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from capi.adapters.binance.parts import Part
from capi.adapters.binance.wire_account import Execution
from capi.core.errors import ClockSkewed, ExchangeError, NotAuthorised
from capi.core.orders import Kind, Order, OrderKey
from capi.ports.exchange import Fill, Funding, Transfer

T = TypeVar("T")


@dataclass(slots=True)
class Sight:
    """What was read so far; `now_ms` and `began` (monotonic seconds) are from before the first reading."""

    now_ms: int
    began: float = field(default_factory=time.monotonic)
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    lists_missed: list[Kind] = field(default_factory=list)
    not_found: list[OrderKey] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)  # behind the fills
    fundings: tuple[Funding, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    wallet_is_known: bool = True
    equity_is_known: bool = True
    gaps: list[str] = field(default_factory=list)
    errors: list[ExchangeError] = field(default_factory=list)

    @property
    def fatal(self) -> ExchangeError | None:
        """Return the error that spoils the whole look, whichever part met it: a key that may not, or a wrong clock."""
        for kind in (NotAuthorised, ClockSkewed):
            for error in self.errors:
                if isinstance(error, kind):
                    return error
        return None

    def add(self, orders: Iterable[Order]) -> None:
        """Add orders that were seen."""
        for order in orders:
            self.orders[order.key] = order

    def miss(self, what: str, error: ExchangeError) -> None:
        """Note what could not be read: the view is not complete."""
        self.errors.append(error)
        self.gaps.append(f"{what}: {error.message}")

    def note(self, result: Result[int, ExchangeError]) -> None:
        """Note an error whose absence of news is no gap."""
        if not is_successful(result):
            self.errors.append(result.failure())

    def counted(self, part: Part[T]) -> T | None:
        """Return a part's value when it still counts; else None, and a gap says why.

        One that was overtaken while the look was read has a gap, and is known: nothing new is entered on such a look,
        and an entry that rests is not taken down for it (docs/decisions/0045).
        """
        gap = part.gap(self.now_ms)
        if gap is None:
            return part.value
        self.gaps.append(gap)
        return part.value if part.is_overtaken(self.now_ms) else None
