"""Small moves of time and market that stay strictly inside the bounds that a plan compared with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, Literal

from capi.core.bounds import Bounds, Measure
from capi.core.units import ZERO
from tests.properties.dice import Dice
from tests.properties.worlds import World

D = Decimal
Where = Literal["market", "account"]
FIELDS: Final[tuple[tuple[Where, str], ...]] = (
    ("market", "bid"), ("market", "ask"), ("market", "mark"), ("market", "last"), ("market", "volatility"),
    ("market", "bid_qty"), ("market", "ask_qty"), ("account", "equity"), ("account", "wallet"),
    ("account", "available"),
)  # fmt: skip
FACTORS: Final = (
    D("0.999"), D("1.001"), D("0.9"), D("1.1"), D("0.99"), D("1.01"), D("0.9999"), D("1.0001"), D("0.5"), D(2), D(10),
    D("0.1"),
)  # fmt: skip


def measures(world: World) -> Mapping[Measure, Decimal | None]:
    """Return every moving measure of a world, as `Bounds` names them."""
    market, account = world.account.market, world.account
    bid, ask = market.bid, market.ask
    mid = None if bid is None or ask is None else (bid + ask) / 2
    spread = None if bid is None or ask is None or mid is None else (ask - bid) / mid
    return {
        "bid": bid,
        "ask": ask,
        "mid": mid,
        "spread": spread,
        "mark": market.mark,
        "last": market.last,
        "volatility": market.volatility,
        "bid_qty": market.bid_qty,
        "ask_qty": market.ask_qty,
        "equity": account.equity,
        "wallet": account.wallet,
        "available": account.available,
    }


def is_inside(world: World, bounds: Bounds) -> bool:
    """Return whether time and every measure of a world lie strictly inside the bounds."""
    if bounds.until_ms is not None and world.account.now_ms >= bounds.until_ms:
        return False
    for measure, value in measures(world).items():
        low, high = bounds.low.get(measure), bounds.high.get(measure)
        if value is not None and ((low is not None and value <= low) or (high is not None and value >= high)):
            return False
    return True


def moved(dice: Dice, world: World, bounds: Bounds) -> World:
    """Return the world after a few moves, each undone when it leaves the bounds."""
    for _ in range(1 + dice.below(5)):
        after = dice.pick((_later, _elsewhere, _elsewhere, _elsewhere))(dice, world, bounds)
        world = after if is_inside(after, bounds) else world
    return world


def _later(dice: Dice, world: World, bounds: Bounds) -> World:
    now = world.account.now_ms
    end = bounds.until_ms if bounds.until_ms is not None else now + 86_400_000
    return replace(world, account=replace(world.account, now_ms=dice.pick((end - 1, (now + end) // 2, now + 1))))


def _elsewhere(dice: Dice, world: World, bounds: Bounds) -> World:
    """Move one measure, or the whole price, by a factor."""
    factor = dice.pick(FACTORS)
    if dice.below(3) == 0:
        return _market(world, ("bid", "ask", "mark", "last"), lambda value: value * factor)
    where, name = dice.pick(FIELDS)
    if where == "market":
        return _market(world, (name,), lambda value: value * factor)
    value = getattr(world.account, name)
    return world if value is None else replace(world, account=replace(world.account, **{name: value * factor}))


def _market(world: World, names: tuple[str, ...], move: Callable[[Decimal], Decimal]) -> World:
    market = world.account.market
    values = {name: value for name in names if (value := getattr(market, name)) is not None}
    changed = replace(market, **{name: max(move(value), ZERO) for name, value in values.items()})
    return replace(world, account=replace(world.account, market=changed))
