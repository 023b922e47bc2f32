"""What a plan was made on, kept so that the same plan can be made again: all that the journal before it does not tell.

Most of a view is the ledger's, and folding the journal up to `Planned.folded` gives it back. The rest is the look's:
prices, money, settings, which orders were shown. Of that each plan tells what differs from the plan told before it, so
that a line stays short; the first one of a run tells everything, and so does one now and then, so that a part of a
journal can be read without its beginning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from capi.core.account import Instrument
from capi.core.orders import Order
from capi.core.value import value
from capi.engine.action_fields import Fields, order_fields
from capi.engine.value_fields import value_fields
from capi.ports.exchange import Look

_OF_LOOK: Final = (
    *("equity", "wallet", "available", "position_mode", "multi_assets", "margin_mode", "leverage"),
    *("position.qty", "position.entry_price", "position.liquidation_price"),
    *("market.bid", "market.ask", "market.bid_qty", "market.ask_qty", "market.mark", "market.last"),
    "market.volatility",
)
NAMES: Final = tuple(name.rpartition(".")[2] for name in _OF_LOOK)
"""What a view tells of the look under its own name; one number or word each."""
ALL_NAMES: Final = (*NAMES, "instrument", "orders", "unknown", "gaps", "stops_read", "naked_since_ms", "ends")
"""What a view that tells everything has."""
WHOLE_EVERY: Final = 64
"""One view in so many tells everything."""
_NEVER: Final = object()
"""In place of what was not told before: like nothing else."""
_NOTHING_TOLD: Final = (_NEVER,) * len(ALL_NAMES)
_VALUES: Final = attrgetter(*_OF_LOOK)


@value
class Planned:
    """One plan's view. `folded`: how many events the ledger had folded when the view was put together.

    `unknown`: those of the look's orders that the ledger did not know, foreign ones above all. `actions`: how many
    were planned.
    """

    look: Look
    folded: int
    unknown: tuple[Order, ...] = ()
    naked_since_ms: int | None = None
    ends: bool = False
    actions: int = 0


@dataclass(slots=True)
class Views:
    """Writes views down, each by its difference to the one before."""

    _last: tuple[Any, ...] = ()
    _count: int = 0
    _instrument: Instrument | None = None
    _instrument_fields: Fields = field(default_factory=dict)

    def told(self, planned: Planned, recorded: int) -> Fields:
        """Return one plan's view. `recorded`: how many events there are before the one that this becomes a part of.

        `back`: how many of them came after the view was put together. `seen`: what differs from the view before.
        """
        now, last = self._whole(planned), self._last if self._count % WHOLE_EVERY else _NOTHING_TOLD
        seen = {
            name: it
            for name, it, before in zip(ALL_NAMES, now, last, strict=True)
            if it is not before and not _same(it, before)
        }
        self._last, self._count = now, self._count + 1
        at_ms, back = planned.look.now_ms, recorded - planned.folded
        return {"at_ms": at_ms, "back": back, "actions": planned.actions, "seen": seen}

    def _whole(self, planned: Planned) -> tuple[Any, ...]:
        """Return everything, in the order of ALL_NAMES."""
        look = planned.look
        if look.instrument is not self._instrument:
            self._instrument, self._instrument_fields = look.instrument, value_fields(look.instrument)
        return (
            *_VALUES(look),
            self._instrument_fields,
            [[order.kind, order.client_order_id] for order in look.orders],
            [order_fields(order) for order in planned.unknown],
            list(look.gaps),
            look.stops_read,
            planned.naked_since_ms,
            planned.ends,
        )


def is_whole(told: Mapping[str, Any]) -> bool:
    """Return whether a view, as `Views.told` wrote it, tells everything."""
    return all(name in told["seen"] for name in ALL_NAMES)


def _same(one: object, other: object) -> bool:
    """Return whether two values are written alike: 1.0 and 1.00 are not."""
    return one == other and (not isinstance(one, Decimal) or str(one) == str(other))
