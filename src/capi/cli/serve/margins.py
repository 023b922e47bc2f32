"""The sums that account, balance and positions tell, computed once from the exchange's state."""

from decimal import Decimal
from typing import Final

from capi.adapters.paper.account import money
from capi.cli.serve.venue import Venue
from capi.core.units import EXACT, ZERO
from capi.core.value import value


@value
class Margins:
    """Amounts in USDT, quantities in base, prices in USDT per base. The position is as reads show it."""

    qty: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    mark: Decimal
    notional: Decimal
    unrealised: Decimal
    initial: Decimal
    maintenance: Decimal
    orders: Decimal
    isolated: Decimal
    liquidation_price: Decimal | None
    wallet: Decimal
    available: Decimal

    @property
    def cross_wallet(self) -> Decimal:
        """Return what of the wallet is not set aside for an isolated position."""
        return self.wallet - self.isolated

    @property
    def isolated_margin(self) -> Decimal:
        """Return what stands behind an isolated position: what was set aside, and its profit."""
        return self.isolated + self.unrealised if self.isolated else ZERO

    @property
    def cross_profit(self) -> Decimal:
        """Return the profit that counts for the whole wallet."""
        return ZERO if self.isolated else self.unrealised

    @property
    def equity(self) -> Decimal:
        """Return wallet plus unrealised profit: Binance's margin balance."""
        return self.wallet + self.unrealised


NOTHING: Final = Margins(
    qty=ZERO,
    entry_price=ZERO,
    break_even_price=ZERO,
    mark=ZERO,
    notional=ZERO,
    unrealised=ZERO,
    initial=ZERO,
    maintenance=ZERO,
    orders=ZERO,
    isolated=ZERO,
    liquidation_price=None,
    wallet=ZERO,
    available=ZERO,
)
"""Of an asset without a balance, and of a symbol that is not traded."""


def margins(venue: Venue) -> Margins:
    """Return the sums as they are now."""
    state, account = venue.state, venue.account
    qty, entry = venue.lag.position()
    mark = state.market.mark
    notional = qty * mark
    price = ZERO if entry is None else entry
    return Margins(
        qty=qty,
        entry_price=price,
        break_even_price=_break_even(qty, price, state.config.taker_fee),
        mark=mark,
        notional=notional,
        unrealised=money((mark - price) * qty),
        initial=money(EXACT.divide(abs(notional), Decimal(account.leverage))),
        maintenance=money(abs(notional) * state.instrument.maintenance_margin),
        orders=state.order_margin(),
        isolated=account.isolated if account.margin_mode == "isolated" else ZERO,
        liquidation_price=state.liquidation_price if qty else None,
        wallet=account.wallet,
        available=state.available,
    )


def _break_even(qty: Decimal, entry_price: Decimal, taker_fee: Decimal) -> Decimal:
    """Return the entry price moved by the fee of getting out."""
    if not qty:
        return ZERO
    return entry_price * (1 + taker_fee if qty > 0 else 1 - taker_fee)
