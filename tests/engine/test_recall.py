"""An empty ledger and an account that has traded: nothing is entered before the past is known, and none of it twice."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from returns.result import Failure, Result, Success

from capi.core.errors import ExchangeError, Unavailable
from capi.core.orders import Order, Orders
from capi.engine.periods import DAY_MS, day_start, week_start
from capi.engine.recall import RETRY_MS, first_ms
from capi.engine.report import PassReport
from capi.ports.past import Booking, Past
from tests.engine.looking import open_stops
from tests.engine.stage import D, Stage, quote
from tests.worlds import CONFIG, ID, NOW

TODAY: Final = day_start(NOW)
WEEK: Final = week_start(NOW)
LOSS: Final = Booking(at_ms=NOW - 60_000, amount_usdt=D("-150"))


@dataclass
class Told:
    """A past as scripted; `failure`: why it cannot be told."""

    orders: Orders = ()
    results: tuple[Booking, ...] = ()
    failure: ExchangeError | None = None
    asked: list[int] = field(default_factory=list)

    def recall(self, since_ms: int) -> Result[Past, ExchangeError]:
        """Tell it."""
        self.asked.append(since_ms)
        if self.failure is not None:
            return Failure(self.failure)
        return Success(Past(orders=self.orders, results=self.results))


def entry(decision_id: str = ID, qty: str = "0.011", at_ms: int = NOW - 60_000, **changes: Any) -> Order:
    """Return an entry that has filled."""
    filled = Order(
        client_order_id=f"capi_entry_{decision_id}",
        kind="plain",
        side="BUY",
        type="LIMIT",
        status="FILLED",
        price=D(90800),
        quantity=D(qty),
        filled_qty=D(qty),
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
    )
    return replace(filled, **changes)


def exit_of(decision_id: str = ID, qty: str = "0.011") -> Order:
    """Return what a triggered stop has sold."""
    changes: dict[str, Any] = {"side": "SELL", "type": "MARKET", "price": None, "reduce_only": True}
    return entry(decision_id, qty, client_order_id=f"capi_sl_{decision_id}", **changes)


def empty(tmp_path: Path, past: Told | None, **changes: Any) -> Stage:
    """Return a stage whose ledger is empty."""
    stage = Stage(tmp_path, **changes)
    stage.kill()
    stage.path.unlink()
    stage.past = past
    stage.begin()
    return stage


def rules(report: PassReport) -> dict[str, str]:
    """Return the reasons of what was planned, by rule."""
    return {outcome.action.rule: outcome.action.reason for outcome in report.outcomes}


def test_an_account_without_a_past_is_entered_on_as_ever(tmp_path: Path) -> None:
    stage = empty(tmp_path, Told())
    stage.run(3)
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}"]
    assert (stage.ledger.day_trades, stage.alerts.told[0][:2]) == (0, ("INFO", "past_recalled"))


def test_nothing_is_entered_before_the_past_is_known_and_it_is_asked_for_again(tmp_path: Path) -> None:
    past = Told(failure=Unavailable("HTTP 502"))
    stage = empty(tmp_path, past)
    report = stage.run(4)
    assert report.gaps == ("the account's past could not be read: HTTP 502",)
    assert stage.sent_ids() == []
    assert (stage.ledger.day, stage.ledger.week) == (None, None)
    assert past.asked == [first_ms(NOW)]  # once in RETRY_MS
    past.failure = None
    stage.run(1 + RETRY_MS // 1000)
    assert past.asked == [first_ms(NOW)] * 2
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}"]


def test_a_start_that_did_not_get_to_know_it_leaves_it_to_the_next(tmp_path: Path) -> None:
    stage = empty(tmp_path, Told(failure=Unavailable("HTTP 502")))
    stage.run(3)
    stage.kill()
    stage.past = Told(results=(LOSS,))
    stage.begin()
    report = stage.run()
    assert report.account is not None
    assert report.account.day_start_equity == D(10150)


def test_a_position_is_guarded_while_the_past_is_not_known(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run(3)
    stage.exchange.advance(quote(90799, stage.exchange.now_ms() + 1000))  # the entry fills, and nobody looks
    stage.kill()
    stage.path.unlink()
    stage.past = Told(failure=Unavailable("HTTP 502"))
    stage.begin()
    report = stage.run(3)
    assert report.guard == "guarded"
    assert [order.side for order in open_stops(stage)] == ["SELL"]
    assert "past" in report.gaps[0]


def test_a_decision_that_has_had_its_trade_is_not_entered_again(tmp_path: Path) -> None:
    stage = empty(tmp_path, Told(orders=(entry(), exit_of())))
    report = stage.run(5)
    assert stage.sent_ids() == []
    assert "spent" in rules(report)
    assert stage.alerts.told[0][:2] == ("WARNING", "past_recalled")


def test_an_id_that_has_ended_is_not_sent_again(tmp_path: Path) -> None:
    cancelled = entry(status="CANCELED", filled_qty=D(0), updated_at_ms=NOW - 50_000)
    stage = empty(tmp_path, Told(orders=(cancelled,)))
    stage.run(4)
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}_2"]


def test_the_trades_of_today_count(tmp_path: Path) -> None:
    orders = (
        entry("d1"), exit_of("d1"),
        entry("d2", "0.005"), entry("d2", "0.006", client_order_id="capi_entry_d2_2"), exit_of("d2"),
        entry("d3", status="CANCELED", filled_qty=D(0)),
        entry("d4", at_ms=TODAY - 1),
    )  # fmt: skip
    stage = empty(
        tmp_path,
        Told(orders=orders),
    )
    stage.config = replace(CONFIG, risk=replace(CONFIG.risk, trades_per_day_max=2))
    stage.kill()
    stage.begin()
    report = stage.run(3)
    assert report.account is not None
    assert report.account.day_trades == 2
    assert "trades_per_day" in rules(report)
    assert stage.sent_ids() == []
    assert stage.folded().day_trades == 2


def test_the_trade_that_still_stands_counts_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run(3)
    stage.run(2, price=90799)
    stage.run(2)
    qty = stage.ledger.position_qty
    assert qty
    stage.kill()
    stage.path.unlink()
    stage.past = Told(orders=(entry(qty=str(qty)), entry("d1", "0.007"), exit_of("d1", "0.007")))
    stage.begin()
    report = stage.run(3)
    assert report.account is not None
    assert report.account.trade is not None
    assert report.account.day_trades == 2


def test_day_and_week_begin_with_what_the_wallet_was_less_transfers(tmp_path: Path) -> None:
    results = (
        LOSS,
        Booking(at_ms=TODAY, amount_usdt=D("-0.5")),
        Booking(at_ms=TODAY - 1, amount_usdt=D(40)),
        Booking(at_ms=WEEK - 1, amount_usdt=D(1000)),
    )
    stage = empty(tmp_path, Told(results=results))
    account = stage.run().account
    assert account is not None
    assert (account.day_start_equity, account.week_start_equity) == (D("10150.5"), D("10110.5"))


def test_a_loss_of_the_day_goes_on_counting(tmp_path: Path) -> None:
    stage = empty(tmp_path, Told(results=(replace(LOSS, amount_usdt=D(-250)),)))
    report = stage.run(4)
    assert "drawdown_day" in rules(report)
    assert stage.sent_ids() == []


def test_it_is_asked_for_once(tmp_path: Path) -> None:
    past = Told(orders=(entry(),))
    stage = empty(tmp_path, past)
    stage.run(3)
    stage.kill()
    stage.begin()
    stage.run(3)
    assert len(past.asked) == 1
    assert [event["trades"] for event in stage.named("day")] == [1]


def test_orders_of_the_past_are_not_asked_about(tmp_path: Path) -> None:
    orders = tuple(entry(f"d{number}") for number in range(50))
    stage = empty(tmp_path, Told(orders=orders))
    report = stage.run(2)
    assert report.gaps == ()
    assert (stage.ledger.orders.unsettled, stage.ledger.orders.untold) == ({}, {})
    assert len(stage.ledger.orders.by_key) == 50


def test_orders_of_others_are_not_ours(tmp_path: Path) -> None:
    stage = empty(tmp_path, Told(orders=(entry(client_order_id="web_x"),)))
    stage.run(3)
    assert "web_x" not in {event["client_order_id"] for event in stage.named("order")}
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}"]


def test_the_past_is_this_week_and_at_least_yesterday() -> None:
    assert first_ms(WEEK + 60_000) == WEEK - DAY_MS
    assert first_ms(WEEK + 6 * DAY_MS) == WEEK
    assert first_ms(WEEK + 7 * DAY_MS - 1) == WEEK


def test_an_order_that_rests_is_on_record_before_the_day_is(tmp_path: Path) -> None:
    """The process ends right after the day; the entry is cancelled; the next start asks for no past (seed 500797)."""
    stage = Stage(tmp_path)
    stage.run(3)
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}"]
    stage.kill()
    stage.path.unlink()
    stage.past = Told()
    stage.begin()
    stage.run()
    stage.kill()
    lines = stage.path.read_bytes().splitlines(keepends=True)
    last = next(number for number, line in enumerate(lines) if b'"event":"day"' in line)
    stage.path.write_bytes(b"".join(lines[: last + 1]))
    stage.exchange.manual_cancel(("plain", f"capi_entry_{ID}"))
    stage.begin()
    stage.run(5)
    assert stage.sent_ids("entry") == [f"capi_entry_{ID}_2"]  # the next generation
