"""The invariants over time: runs of many passes on bad days, each from one seed, then calm until all is settled."""

from decimal import Decimal
from random import Random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from capi.core.config import Config
from capi.core.decision import Unusable
from capi.core.ids import parse_order_id
from capi.core.units import ZERO
from tests.properties.bad_days import BadDays
from tests.properties.bad_exchange import LIVE, BadExchange
from tests.properties.configs import with_key
from tests.properties.facts import is_covered
from tests.properties.obey import is_request
from tests.properties.profiles import examples
from tests.properties.test_invariants import CHECKS
from tests.worlds import CONFIG

PASSES: Final = 60
CALM_MS: Final = 120_000
"""Longer than every wait of the rules: a circuit's probe, a refused move, a proof that a stop rests."""
PAUSES_MS: Final = (1, 200, 400, 1000, 1000, 1000, 2500, 6000)


def bad_days(seed: int, faults: float) -> BadDays:
    """Return the run of a seed, with some keys of the configuration changed."""
    dice = Random(seed)
    config = CONFIG
    for key, values in (
        ("chase.after_seconds", (Decimal(2), Decimal(15))),
        ("chase.attempts_max", (1, 3)),
        ("entry.market_type", ("market", "ioc")),
        ("entry.dead_man_seconds", (0, 60)),
        ("protection.on_flat", ("hold", "close")),
        ("protection.on_opposite", ("hold", "close")),
        ("protection.follow_decision", ("own", "same_side")),
        ("risk.trades_per_day_max", (0,)),
    ):
        config = with_key(config, key, dice.choice(values))
    return BadDays(dice=dice, config=config, faults=faults, exchange=BadExchange(dice=dice))


def one_pass(run: BadDays) -> None:
    """Look, plan, hold the plan to every invariant, let the market move, act."""
    world = run.look()
    actions = world.plan()
    for check in CHECKS:
        check(world, actions)
    if run.dice.random() < 0.5:
        run.exchange.pass_time(run.dice.choice((0, 5, 300)))
    run.act(world, actions)
    check_no_overfill(run)


def check_no_overfill(run: BadDays) -> None:
    """What the entries of a decision really filled is never more than was intended first."""
    for decision_id, whole in run.intended.items():
        filled = [qty for key, qty in run.exchange.filled.items() if _owner(run.config, key) == decision_id]
        assert sum(filled, ZERO) <= whole, f"{decision_id} filled {filled} of {whole}"


def _owner(config: Config, client_order_id: str) -> str | None:
    owner = parse_order_id(config.id_prefix, client_order_id)
    return None if owner is None else owner.decision_id


def check_calm(run: BadDays) -> None:
    """On good days without a decision: either guarded and quiet, or flat, settled and clean."""
    run.faults, run.decision = 0.0, Unusable(reason="decision.json is gone")
    for _ in range(CALM_MS // 2000):
        run.exchange.now_ms += 2000
        world = run.look()
        run.act(world, world.plan())
    run.exchange.now_ms += 2000
    world = run.look()
    assert not [action for action in world.plan() if is_request(action)], "it does not come to rest"
    if run.exchange.qty != 0:
        assert world.account.trade is not None, "a position without a record"
        assert is_covered(world), "a position without a stop"
        return
    assert run.account.trade is None, "a trade that nobody closes"
    left = [order.client_order_id for order in run.exchange.orders.values() if order.status in LIVE]
    assert not left, f"orders are left while flat: {left}"


@examples(500)
@given(
    seed=st.integers(min_value=0, max_value=2**32 - 1),
    faults=st.sampled_from((0.05, 0.0, 0.2, 0.5)),
    passes=st.integers(min_value=1, max_value=PASSES),
)
def test_bad_days_break_nothing(seed: int, faults: float, passes: int) -> None:
    run = bad_days(seed, faults)
    for number in range(passes):
        if number % 20 == 0:
            run.decide()
        run.exchange.pass_time(run.dice.choice(PAUSES_MS))
        if run.dice.random() < faults / 20:
            run.exchange.interfere()
        one_pass(run)
    check_calm(run)
