"""Wallet, position and margin of the simulated account, by Binance's rules for one symbol in one-way mode.

    wallet = start + realised − fees + funding        (each posting rounded to 8 digits, as on the exchange)
    equity = wallet + unrealised at mark

The cost of the position is kept exactly; its entry price is derived. Isolated margin is what was set aside when the
position grew (notional / leverage); funding changes it. Liquidation comes when margin + unrealised at mark no longer
covers the maintenance margin: `margin` is the isolated margin, or the whole wallet in cross mode.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from capi.core.account import MarginMode
from capi.core.decision import EXIT_SIDE, Side
from capi.core.units import EXACT, ONE, ZERO, plain

_MONEY: Final = Decimal("1E-8")
NO_MONEY: Final = Decimal("0E-8")
"""Nothing, written as an amount."""


def money(value: Decimal) -> Decimal:
    """Return an amount in USDT, rounded to 8 digits."""
    return value.quantize(_MONEY, context=EXACT)


class PaperAccount:
    """One account, one symbol. `qty` is signed, `cost` unsigned; `version` rises with every change."""

    def __init__(self, equity: Decimal, *, leverage: int, margin_mode: MarginMode) -> None:
        """Start flat with `equity` USDT in the wallet."""
        self.wallet = equity
        self.qty = self.cost = self.isolated = ZERO
        self.realised = self.fees = self.funding = ZERO
        self.leverage = leverage
        self.margin_mode: MarginMode = margin_mode
        self.version = 0

    @property
    def entry_price(self) -> Decimal | None:
        """Return the mean entry price to 8 digits; None while flat."""
        return plain(money(EXACT.divide(self.cost, abs(self.qty)))) if self.qty else None

    @property
    def exit_side(self) -> Side | None:
        """Return the side that reduces the position; None while flat."""
        if not self.qty:
            return None
        return EXIT_SIDE["long" if self.qty > 0 else "short"]

    @property
    def margin(self) -> Decimal:
        """Return what stands behind the position."""
        return self.isolated if self.margin_mode == "isolated" else self.wallet

    def reducible(self, side: Side) -> Decimal:
        """Return how much an order of `side` can reduce."""
        return abs(self.qty) if side == self.exit_side else ZERO

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the position's profit at `mark`."""
        if not self.qty:
            return NO_MONEY
        value = self.qty * mark
        return money(value - self.cost if self.qty > 0 else value + self.cost)

    def fill(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Apply one fill: what closes first, then what opens."""
        closing = min(quantity, self.reducible(side))
        if closing:
            self._close(closing, price)
        if opening := quantity - closing:
            self.qty += opening if side == "BUY" else -opening
            self.cost += opening * price
            if self.margin_mode == "isolated":
                self.isolated += money(opening * price / self.leverage)
        self.wallet -= fee
        self.fees += fee
        self.version += 1

    def _close(self, quantity: Decimal, price: Decimal) -> None:
        held = abs(self.qty)
        share = ONE if quantity == held else EXACT.divide(quantity, held)
        cost = self.cost if quantity == held else money(EXACT.multiply(self.cost, share))
        gained = money(quantity * price - cost if self.qty > 0 else cost - quantity * price)
        self.wallet += gained
        self.realised += gained
        self.cost -= cost
        self.isolated -= self.isolated if quantity == held else money(EXACT.multiply(self.isolated, share))
        self.qty += -quantity if self.qty > 0 else quantity

    def pay_funding(self, rate: Decimal, mark: Decimal) -> Decimal:
        """Exchange funding on the position at `mark`; return what was received (negative: paid), zero while flat."""
        amount = money(-self.qty * mark * rate)
        self.wallet += amount
        self.funding += amount
        if self.margin_mode == "isolated":
            self.isolated += amount
        self.version += 1
        return amount

    def set_leverage(self, leverage: int) -> None:
        """Set the leverage. Raising it with an isolated position frees the margin above the new need."""
        self.leverage = leverage
        if self.margin_mode == "isolated":
            self.isolated = min(self.isolated, money(self.cost / leverage))
        self.version += 1

    def set_margin_mode(self, margin_mode: MarginMode) -> None:
        """Set the margin mode; only while flat."""
        self.margin_mode = margin_mode
        self.version += 1

    def liquidation_price(self, maintenance_margin: Decimal) -> Decimal | None:
        """Return the mark at which the position is liquidated, to 8 digits, on the nearer side; None: none."""
        return self._covered_down_to(maintenance_margin)

    def bankruptcy_price(self, taker_fee: Decimal) -> Decimal:
        """Return the price at which closing would just use up the margin, the fee included."""
        return self._covered_down_to(taker_fee) or ZERO

    def _covered_down_to(self, ratio: Decimal) -> Decimal | None:
        """Return the price p with margin + unrealised(p) = ratio × notional(p)."""
        if self.qty > 0:
            price = EXACT.divide(self.cost - self.margin, self.qty * (1 - ratio))
            rounded = price.quantize(_MONEY, ROUND_CEILING, context=EXACT)
        elif self.qty < 0:
            price = EXACT.divide(self.cost + self.margin, -self.qty * (1 + ratio))
            rounded = price.quantize(_MONEY, ROUND_FLOOR, context=EXACT)
        else:
            return None
        return plain(rounded) if rounded > 0 else None
