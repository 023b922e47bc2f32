"""How the simulated exchange is set up. Ratios are fractions, times milliseconds."""

from decimal import Decimal

from capi.core.account import MarginMode
from capi.core.value import value


@value
class PaperConfig:
    """Fees, delay and the account's settings at the start. Leverage and margin mode are what a fresh account has."""

    maker_fee: Decimal = Decimal("0.0002")
    taker_fee: Decimal = Decimal("0.0005")
    delay_ms: int = 20  # from sending an order to its meeting the market
    funding_rate: Decimal = Decimal("0.0001")  # longs pay it every 8 hours when positive
    leverage: int = 20
    leverage_max: int = 125
    margin_mode: MarginMode = "cross"
    flat_reduce_only_stop: bool = True  # whether a reduce-only quantity stop is accepted while flat; not verified
