"""Decision documents of a run, drawn around the price of their moment, as JSON text and as what they say."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Final

from capi.cli.simulation.world import World
from capi.core.decision import Direction, Proposal
from capi.core.units import floor_to
from capi.core.value import record

DIRECTIONS: Final[dict[str, Direction]] = {'"long"': "long", '"short"': "short"}
_TICK: Final = Decimal("0.1")
_BPS: Final = Decimal("0.0001")

Fields = dict[str, str]
"""A decision's fields as JSON text; `at_ms`, its time, is not part of the document."""


@record
class Author:
    """Thinks decisions up. `equity`: the account's at the beginning, USDT."""

    world: World
    equity: Decimal

    def flat(self, number: int) -> Fields:
        """Return a decision to hold nothing."""
        return {"decision_id": f'"d{number}"', "action": '"flat"', "confidence": "0"} | time_of(self.world.now_ms)

    def size(self, dice: Random) -> Decimal:
        """Return a position's size, USDT."""
        shares = ("0.05", "0.2", "0.5", "0.8", "0.8", "3")
        return max(Decimal(110), floor_to(self.equity * Decimal(dice.choice(shares)), Decimal(1)))

    def proposal(self, dice: Random, direction: Direction, number: int) -> Fields:
        """Return a decision to enter."""
        price = self.world.exchange.mark
        away = -1 if direction == "long" else 1

        def bps(count: int) -> Decimal:
            return price * _BPS * count

        middle = price + away * bps(dice.choice((-3, 0, 0, 1, 2, 5, 15)))
        half = bps(dice.choice((3, 5, 10)))
        stop = middle + away * (half + bps(dice.choice((4, 8, 15, 40))))
        risk = abs(middle - stop)
        low, high = _price(middle - half), _price(middle + half)
        fields = {
            "decision_id": f'"d{number}"',
            "action": f'"{direction}"',
            "entry_zone": f"[{low}, {high}]",
            "sl": _price(stop),
            "position_size_usdt": str(self.size(dice)),
            "leverage": str(dice.choice((1, 2, 3, 5, 20))),
            "confidence": dice.choice(("0.5", "0.8", "0.9")),
            "risk_checks": '{"daily_dd_ok": true, "weekly_dd_ok": true, "max_trades_per_day_ok": true, '
            '"session_ok": true}',
        }
        if dice.random() < 0.7:
            fields["tp1"] = _price(middle - away * risk * dice.choice((1, 2)))
            fields["tp2"] = _price(middle - away * risk * 3)
        return fields | time_of(self.world.now_ms)


def time_of(at_ms: int) -> Fields:
    """Return the fields that tell a time."""
    stamp = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {"timestamp_iso": f'"{stamp}.{at_ms % 1000:03d}Z"', "at_ms": str(at_ms)}


def text_of(fields: Fields) -> str:
    """Return the document."""
    shown = ((name, value) for name, value in fields.items() if name != "at_ms")
    return "{" + ", ".join(f'"{name}": {value}' for name, value in shown) + "}"


def proposal_of(fields: Fields) -> Proposal | None:
    """Return what a document proposes; None: flat."""
    direction = DIRECTIONS.get(fields["action"])
    if direction is None:
        return None
    low, high = fields["entry_zone"].strip("[]").split(", ")
    return Proposal(
        direction=direction,
        zone_min=Decimal(low),
        zone_max=Decimal(high),
        sl=Decimal(fields["sl"]),
        tp1=Decimal(fields["tp1"]) if "tp1" in fields else None,
        tp2=Decimal(fields["tp2"]) if "tp2" in fields else None,
        position_size_usdt=Decimal(fields["position_size_usdt"]),
        leverage=Decimal(fields["leverage"]),
    )


def _price(price: Decimal) -> str:
    return f"{floor_to(price, _TICK):f}"
