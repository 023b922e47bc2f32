"""Sums over a trade's fills, exact: what entry and exit cost and brought, fees, funding. None is unknown, never 0."""

from collections.abc import Iterable
from decimal import Decimal

from capi.core.decision import ENTRY_SIDE, Direction, Side
from capi.core.units import EXACT, ZERO
from capi.core.value import changed, value


@value
class LooseFill:
    """A fill that no recorded trade has claimed yet."""

    decision_id: str | None
    side: Side
    price: Decimal
    qty: Decimal
    fee_usdt: Decimal | None
    at_ms: int
    liquidation: bool = False


@value
class LooseFunding:
    """A funding payment that no recorded trade has claimed yet."""

    amount_usdt: Decimal
    at_ms: int


@value
class Flows:
    """Sums over a trade's fills. Values are price × quantity in USDT, exact; None is unknown."""

    entry_qty: Decimal = ZERO
    entry_value: Decimal | None = ZERO
    exit_qty: Decimal = ZERO
    exit_value: Decimal = ZERO
    fees: Decimal | None = ZERO
    funding: Decimal = ZERO
    first_entry_ms: int | None = None
    last_exit_ms: int | None = None
    liquidated: bool = False

    def with_fill(self, side: Direction, fill: LooseFill) -> "Flows":
        """Return the sums with one more fill; its side tells entry from exit."""
        value = EXACT.multiply(fill.price, fill.qty)
        fees = _sum(self.fees, fill.fee_usdt)
        if fill.side == ENTRY_SIDE[side]:
            first = fill.at_ms if self.first_entry_ms is None else self.first_entry_ms
            return changed(
                self,
                entry_qty=EXACT.add(self.entry_qty, fill.qty),
                entry_value=_sum(self.entry_value, value),
                fees=fees,
                first_entry_ms=first,
            )
        return changed(
            self,
            exit_qty=EXACT.add(self.exit_qty, fill.qty),
            exit_value=EXACT.add(self.exit_value, value),
            fees=fees,
            last_exit_ms=fill.at_ms,
            liquidated=self.liquidated or fill.liquidation,
        )

    def with_funding(self, amount_usdt: Decimal) -> "Flows":
        """Return the sums with one more funding payment (positive received)."""
        return changed(self, funding=EXACT.add(self.funding, amount_usdt))


def _sum(known: Decimal | None, more: Decimal | None) -> Decimal | None:
    return None if known is None or more is None else EXACT.add(known, more)


def flows_of(side: Direction, fills: Iterable[LooseFill]) -> Flows:
    """Return the sums over fills, oldest first."""
    flows = Flows()
    for fill in fills:
        flows = flows.with_fill(side, fill)
    return flows


def fills_behind(fills: list[LooseFill], side: Direction, qty: Decimal) -> list[LooseFill]:
    """Return the newest fills that together make a position of `qty`, oldest first; none when they do not."""
    missing = qty
    for index in range(len(fills) - 1, -1, -1):
        fill = fills[index]
        signed = fill.qty if fill.side == ENTRY_SIDE[side] else -fill.qty
        missing = EXACT.subtract(missing, signed)
        if missing == 0:
            return fills[index:]
    return []
