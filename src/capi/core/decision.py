"""What the trader wants, as a value that cannot be wrong, or the reason why there is none.

Source: spec/decision.md. Parsing (JSON, bounds, geometry) is the adapter's; the core sees only these two types.
"""

from decimal import Decimal
from typing import Final, Literal

from capi.core.value import value

Direction = Literal["long", "short"]
Side = Literal["BUY", "SELL"]

ENTRY_SIDE: Final[dict[Direction, Side]] = {"long": "BUY", "short": "SELL"}
EXIT_SIDE: Final[dict[Direction, Side]] = {"long": "SELL", "short": "BUY"}
DIRECTION_OF_ENTRY: Final[dict[Side, Direction]] = {"BUY": "long", "SELL": "short"}


@value
class Proposal:
    """Where to enter, where to leave, how much: what a long or short decision brings. Prices and size in USDT.

    Geometry holds: long `sl < zone_min <= zone_max < tp1 < tp2`, short is its mirror. `tp1`, `tp2` may be absent.
    """

    direction: Direction
    zone_min: Decimal
    zone_max: Decimal
    sl: Decimal
    tp1: Decimal | None
    tp2: Decimal | None
    position_size_usdt: Decimal  # notional, > 0
    leverage: Decimal  # >= 1, may have a fraction; rounded down when set

    @property
    def side(self) -> Side:
        """Return the side that opens the position."""
        return ENTRY_SIDE[self.direction]

    @property
    def zone_middle(self) -> Decimal:
        """Return the middle of the entry zone, not rounded."""
        return (self.zone_min + self.zone_max) / 2


@value
class Decision:
    """A readable decision. `proposal` is None for flat."""

    decision_id: str  # made safe by ids.decision_key: fits into every client order id
    timestamp_ms: int  # UTC; age counts from here
    symbol: str | None  # None: the configured one
    proposal: Proposal | None
    confidence: Decimal = Decimal(0)  # 0 to 1
    risk_level: int | None = None
    reason: str = ""
    risk_checks: tuple[tuple[str, bool], ...] = ()
    session: str | None = None
    volatility: Decimal | None = None  # a fraction of the price
    atr: Decimal | None = None  # in USDT


@value
class Unusable:
    """No decision to act on: invalid, torn for too long, missing or for another symbol. It means flat mode."""

    reason: str  # one sentence with field and value
    decision_id: str | None = None
