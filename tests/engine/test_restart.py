"""Restarts: the journal folds to the live state, and an end at any request changes nothing that matters."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder
from capi.core.errors import ClockSkewed, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.ids import parse_order_id
from capi.ports.exchange import Request
from tests.engine.stage import D, Killed, Stage
from tests.worlds import ID, LONG, SHORT, decision

# From the zone through the entry, up through TP1, back to break-even: the life of a trade.
PATH = (90850, 90850, 90850, 90850, 90799, 90900, 91500, 92210, 92000, 91000, 90850, 90700, 90700, 90700, 90700)
INTENDED = D("0.011")


class Dice:
    """Faults drawn from a seed: answers lost before and after execution, refusals, a position seen late."""

    def __init__(self, seed: int, stage: Stage) -> None:
        self._dice, self._stage = Random(seed), stage

    def on_request(self, request: Request) -> Fault | None:
        """Draw what goes wrong."""
        now = self._stage.exchange.now_ms()
        answers = (
            Fault(OutcomeUnknown("lost"), executed=True),
            Fault(OutcomeUnknown("reset")),
            Fault(Unavailable("down")),
            Fault(Throttled(now + 2000, "slow")),
            Fault(ClockSkewed("ahead")),
            Fault(Rejected(-1001, "internal")),
        )
        return self._dice.choice(answers) if self._dice.random() < 0.3 else None

    def position_lag(self) -> int:
        """Draw for how many looks a change stays unseen."""
        return self._dice.choice((0, 0, 1, 2))


def assert_sound(stage: Stage) -> None:
    """What must hold whatever went wrong: nothing sent or bought twice, nothing naked, nothing forgotten."""
    sent = stage.sent_ids()
    assert len(sent) == len(set(sent))
    bought: dict[str, Decimal] = defaultdict(Decimal)
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    for fill in seen.fills:
        owner = parse_order_id("capi", fill.client_order_id)
        assert owner is not None
        if owner.role == "entry":
            bought[owner.decision_id] += fill.qty
    assert all(quantity <= INTENDED for quantity in bought.values())
    stops = [order for order in seen.orders if order.kind == "algo"]
    covered = any(stop.close_position or stop.quantity >= abs(seen.position.qty) for stop in stops)
    assert seen.position.qty == 0 or covered
    assert stage.folded() == stage.ledger


def live(stage: Stage, path: tuple[int, ...] = PATH) -> None:
    """Run along a path of prices, starting anew when the process is killed."""
    for price in path:
        try:
            stage.run(price=price)
        except Killed:
            stage.kill()
            stage.begin()
            stage.run()


def test_a_whole_trade_folds_to_the_live_state(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    live(stage)
    [closed] = stage.named("trade_closed")
    assert (closed["exit_reason"], closed["decision_id"], closed["qty"]) == ("sl", ID, "0.011")
    assert Decimal(closed["net_pnl"]) == stage.exchange.account.wallet - 10_000
    assert stage.ledger.trades.open is None
    assert_sound(stage)


def test_a_new_process_has_the_state_of_the_old_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    live(stage, PATH[:8])
    before = stage.ledger
    stage.kill()
    stage.begin()
    assert stage.ledger == replace(before, acts_since_ms=stage.ledger.acts_since_ms)  # a run has begun
    assert stage.ledger.trades.open is not None
    assert not stage.run().is_eventful


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    journals = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        stage = Stage(tmp_path / name)
        stage.exchange.faults = Dice(5, stage)
        live(stage)
        journals.append(stage.path.read_bytes())
    assert journals[0] == journals[1]


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("when", ["kill_before", "kill_after"])
def test_ending_at_any_request_changes_nothing_that_matters(tmp_path: Path, number: int, when: str) -> None:
    stage = Stage(tmp_path, leverage=20, margin_mode="cross")
    setattr(stage.line, when, number)
    waits = (PATH[3],) * 6  # an entry that was never sent counts as such only after some seconds
    live(stage, PATH[:4] + waits + PATH[2:])
    stage.run(5)
    assert_sound(stage)
    assert stage.exchange.account.qty == 0
    [closed] = stage.named("trade_closed")
    assert Decimal(closed["net_pnl"]) == stage.exchange.account.wallet - 10_000


def test_an_entry_sent_just_before_the_end_is_asked_about_and_not_sent_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run(2)
    stage.line.kill_after = 1
    with pytest.raises(Killed):
        stage.run()
    stage.kill()
    stage.begin()
    assert stage.ledger.orders.by_key[("plain", f"capi_entry_{ID}")].order.status == "UNKNOWN"
    stage.run(3)
    assert stage.ledger.orders.by_key[("plain", f"capi_entry_{ID}")].order.status == "NEW"
    assert not [r for r in stage.line.requests if isinstance(r, PlaceOrder)]


def test_a_position_whose_journal_was_lost_is_taken_over_and_stays_guarded(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    live(stage, PATH[:6])
    stage.kill()
    stage.path.unlink()
    stage.begin()
    stage.run(2)
    record = stage.ledger.trades.open
    assert record is not None
    assert (record.trade.decision_id, record.trade.qty, record.trade.sl) == (ID, INTENDED, D("89800.0"))
    assert_sound(stage)


@given(seed=st.integers(0, 2**32), kills=st.sets(st.integers(1, 25), max_size=3), short=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_bad_days_with_restarts_leave_nothing_naked_or_bought_twice(
    tmp_path_factory: pytest.TempPathFactory, seed: int, kills: set[int], short: bool
) -> None:
    stage = Stage(tmp_path_factory.mktemp("bad_day"))
    if short:
        stage.decisions.give(decision(SHORT))
    stage.exchange.faults = Dice(seed, stage)
    dice = Random(seed)
    price = 90850
    for step in range(40):
        price += dice.choice((-150, -60, -20, 0, 20, 60, 150))
        stage.line.kill_after = len(stage.line.requests) + 1 if step in kills else None
        live(stage, (price,))
        if step == 20:
            stage.decisions.give(decision(LONG, decision_id="later", timestamp_ms=stage.exchange.now_ms()))
    stage.line.kill_after = None
    stage.exchange.faults = None
    stage.run(8)
    assert_sound(stage)
