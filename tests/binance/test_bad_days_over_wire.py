"""Bad days over real HTTP: requests fail in every way at random, reads lag, the engine is restarted, a person trades.

Afterwards, once the wire behaves again: ledger and exchange agree, a position has exactly one backstop, a flat account
has no order of ours, no decision bought more than it wanted, and no fill was missed or counted twice.
"""

from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.binance.live import Live, live
from tests.serve.served import served

D = Decimal
STEPS: Final = 60
CALM: Final = 20
INTENDED: Final = D("0.013")
KINDS: Final = [
    "lost", "dropped", "unknown_503", "unavailable_503", "internal_503", "overload_503",
    "bad_gateway", "backend_timeout", "no_json", "half_json", "clock", "waf",
]  # fmt: skip
REQUESTS: Final = [
    "POST /fapi/v1/order", "POST /fapi/v1/algoOrder", "DELETE /fapi/v1/order", "DELETE /fapi/v1/algoOrder",
    "GET /fapi/v1/open*Orders", "GET /fapi/v3/positionRisk", "GET /fapi/v1/userTrades", "GET /fapi/v1/order",
    "GET /fapi/v1/algoOrder", "GET *", "POST *", "* *",
]  # fmt: skip


def bad_day(run: Live, dice: Random) -> None:
    """Let everything go wrong for a while."""
    price, decisions = 76915, 0
    run.venue.control("POST", "lag", position_ms=dice.choice([0, 500, 1500]), orders_ms=dice.choice([0, 300, 900]))
    run.decide("d0")
    for _ in range(STEPS):
        if dice.random() < 0.25:
            run.venue.fault(dice.choice(REQUESTS), dice.choice(KINDS), times=dice.choice([1, 1, 2]))
        if dice.random() < 0.2:
            price = min(max(price + dice.choice([-700, -300, -30, -10, 10, 30, 300, 700]), 74_000), 80_000)
            run.venue.price(f"{price}.0", f"{price}.1")
        if dice.random() < 0.04:
            decisions += 1
            run.decide(f"d{decisions}")
        if dice.random() < 0.04:
            run.end()
            run.begin()
        if dice.random() < 0.02:
            run.venue.control("POST", "order", side=dice.choice(["BUY", "SELL"]), type="MARKET", quantity="0.002")
        run.passes(1, step_ms=dice.choice([100, 400, 1000]))


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("seed", [7, 34, 59])
def test_after_a_bad_day_everything_is_as_it_has_to_be(tmp_path: Path, seed: int) -> None:
    with served(price="76915.0") as venue, live(venue, tmp_path) as run:
        bad_day(run, Random(seed))
        venue.control("DELETE", "fault")
        venue.control("POST", "lag", position_ms=0, orders_ms=0)
        run.engine.pause("the day is over")
        last = run.passes(CALM, step_ms=1000)[-1]
        if last.gaps:  # a look that this machine held up is no sight of what is
            last = run.passes(CALM, step_ms=1000)[-1]
        assert last.account is not None
        assert (last.gaps, last.account.complete, last.account.position.qty) == ((), True, run.qty)
        resting = run.resting.values()
        backstops = [order for order in resting if order.close_position]
        assert len(backstops) == (1 if run.qty else 0)
        assert run.qty or not resting
        fills = run.named("fill")
        assert len({fill["trade_id"] for fill in fills}) == len(fills)
        assert len(fills) == venue.inside(lambda inside: len(inside.state.history.fills))
        bought: dict[str, Decimal] = {}
        for fill in fills:
            if fill["role"] == "entry":
                bought[fill["decision_id"]] = bought.get(fill["decision_id"], D(0)) + D(fill["qty"])
        assert all(qty <= INTENDED for qty in bought.values())
