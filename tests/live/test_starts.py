"""Starts into whatever a crash, a person or a lost disk left: position and orders as they are, ledger or none."""

import json
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from capi.adapters.journal_file import FileJournal
from capi.adapters.journal_silence import silent_until_ms
from capi.cli.serve.limits import Limits, Meter
from tests.live.stage import Acting, Setting, acting, resting
from tests.serve.served import served

D = Decimal


def guarded(run: Acting) -> None:
    """Have a position with its stop and its targets, and end the engine as a crash would."""
    run.decide()
    run.until(lambda: "capi_entry_d1" in run.resting)
    run.venue.price("76890.0", "76890.1")
    run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
    run.passes(5)
    run.end()


def close_by_hand(run: Acting) -> None:
    """Sell the whole position as a person would."""
    run.venue.control("POST", "order", side="SELL", type="MARKET", quantity="0.013")


def first_reconciliation(run: Acting) -> dict[str, object]:
    """Return the last run's own."""
    return dict(next(event for event in reversed(run.named("reconciliation")) if event["occasion"] == "start"))


def test_a_position_that_nothing_explains(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
        run.decide()
        run.until(lambda: run.guard == "guarded")
        (stop,) = (order for order in run.resting.values() if order.kind == "algo")
        assert (stop.side, stop.close_position) == ("SELL", True)
        assert first_reconciliation(run)["orphan_positions"] == 1
        assert run.sent_ids("entry") == []  # the decision's own entry waits until this one is gone
        assert "orphan_position" in run.alerts.codes


def test_a_trade_that_was_closed_while_we_were_away(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        guarded(run)
        close_by_hand(run)
        run.begin()
        run.until(lambda: bool(run.named("trade_closed")))
        run.passes(2)
        assert run.named("trade_closed")[0]["exit_reason"] == "manual"
        assert run.resting == {}


def test_a_stop_that_is_gone(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        guarded(run)
        venue.control("DELETE", "order", kind="algo", client_order_id="capi_sl_d1")
        run.begin()
        run.passes()
        assert run.resting["capi_sl_d1_2"].trigger_price == D(76000)
        assert "missing_stop" in run.alerts.codes
        assert first_reconciliation(run)["missing_sl"] == 1


def test_orders_of_ours_and_of_others_that_have_no_purpose(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        run.decide(entry_zone=[76600.0, 76700.0])
        run.until(lambda: "capi_entry_d1" in run.resting)
        run.end()
        (run.setting.room / "journal.jsonl").unlink()
        venue.control("POST", "order", side="BUY", type="LIMIT", quantity="0.010", price="70000", timeInForce="GTC")
        run.decide("d2", action="flat")
        run.begin()
        run.until(lambda: not run.resting)
        assert first_reconciliation(run)["orphan_orders"] == 1  # the foreign one; an own entry goes by its gate
        assert run.sent_ids("entry") == []


def test_a_ledger_that_is_lost_with_a_position(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path) as run:
        guarded(run)
        (run.setting.room / "journal.jsonl").unlink()
        before = run.resting
        run.begin()
        run.until(lambda: run.guard == "guarded" and bool(run.named("trade_opened") + run.named("trade_adopted")))
        run.passes(5)
        assert run.resting == before  # nothing was sent that was there already
        assert run.sent_ids("entry") == run.sent_ids("sl") == []


def test_the_days_limits_do_not_begin_anew_with_a_restart(tmp_path: Path) -> None:
    with served() as venue, acting(venue, tmp_path, risk={"trades_per_day_max": 1}) as run:
        guarded(run)
        close_by_hand(run)
        run.begin()
        run.until(lambda: bool(run.named("trade_closed")))
        run.end()
        venue.price("76915.0", "76915.1")
        run.decide("d2")
        run.begin()
        report = run.passes(8)
        assert "trades_per_day" in {action.rule for action in report.actions}
        assert run.sent_ids("entry") == ["capi_entry_d1"]


def test_a_start_guards_what_a_crash_left_while_somebody_else_uses_the_weight_up(tmp_path: Path) -> None:
    """Refusing to start until the minute is over would leave the position without a stop for as long."""
    with served() as venue:
        venue.control("POST", "order", side="BUY", type="MARKET", quantity="0.010")
        setting = Setting(venue, tmp_path / "user")

        def crowd(_: object) -> None:
            venue.server.venue.meter = Meter(Limits())
            venue.server.venue.meter.use_weight(2250, venue.server.venue.now_ms())

        venue.inside(crowd)
        said = setting.capi("run", "--cycles", "50").stderr
        assert resting(venue), said
        (stop,) = (order for order in resting(venue).values() if order.kind == "algo")
        assert (stop.side, stop.close_position) == ("SELL", True)


def test_another_id_prefix_takes_over_what_the_one_before_it_left(tmp_path: Path) -> None:
    """Its orders are foreign by now, and go; their ends are known all the same, as the ledger has sent them."""
    with served() as venue, acting(venue, tmp_path) as run:
        guarded(run)
        config = run.setting.folder / "capi.toml"
        config.write_text('id_prefix = "mine"\n' + config.read_text())
        run.begin()
        run.until(lambda: run.guard == "guarded" and all(name.startswith("mine_") for name in run.resting))
        run.passes(3)
        assert not run.reports[-1].is_eventful  # nothing is left to cancel
        assert any(order.close_position for order in run.resting.values())
        close_by_hand(run)
        run.until(lambda: bool(run.named("trade_closed")) and run.resting == {})
        assert run.wind_down().unsettled is None


@dataclass(frozen=True)
class Silence:
    """An event that tells of one, its times relative to the moment at which it is written."""

    until_ms: int
    at_ms: int = 0

    def event(self) -> dict[str, object]:
        now_ms = time.time_ns() // 1_000_000
        return {"event": "silence", "at_ms": now_ms + self.at_ms, "until_ms": now_ms + self.until_ms}


@pytest.mark.parametrize("arguments", [("run", "--once"), ("run", "--once", "--dry-run")], ids=" ".join)
def test_who_was_asked_for_silence_asks_for_nothing_meanwhile(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.room.mkdir(parents=True)
        with FileJournal(user.room / "journal.jsonl", durable=False) as journal:
            journal.append(Silence(60_000).event())
        result = user.capi(*arguments)
        assert result.exit_code == 1
        assert "the exchange asked for silence until" in result.stderr
        assert venue.control("GET", "requests")["requests"] == []
        assert user.capi("reconcile").exit_code == 0  # a person may ask
        assert user.capi("run", "--once").exit_code == 0  # and that was answered


TEXT: dict[str, object] = {"event": "alert", "reason": '"event":"silence"'}


@pytest.mark.parametrize(
    ("written", "tail", "lasts"),
    [
        (None, "", False),
        ([], "", False),
        ([TEXT], "", False),
        ([Silence(60_000)], "", True),
        ([Silence(60_000), TEXT], "", True),
        ([Silence(60_000), Silence(-1)], "", False),
        ([Silence(60_000)], '{"seq":9,"event":"silence","un', True),  # torn: the one before it counts
        ([Silence(60_000), {"event": "run_started"}], "", False),
        ([{"event": "run_started"}, Silence(60_000)], "", True),
        ([Silence(90_000_000, at_ms=86_400_000)], "", False),  # told by a clock that was a day ahead
        ([{"event": "silence"}], "", False),
    ],
)
def test_what_a_journal_says_last_of_a_silence(
    tmp_path: Path, written: list[Silence | dict[str, object]] | None, tail: str, lasts: bool
) -> None:
    path = tmp_path / "journal.jsonl"
    if written is not None:
        events = [one.event() if isinstance(one, Silence) else one for one in written]
        path.write_text("".join(f"{json.dumps(event, separators=(',', ':'))}\n" for event in events) + tail)
    assert (silent_until_ms(path) is not None) is lasts
