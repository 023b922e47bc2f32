"""Whole trades with streams: what an event says is acted upon at once, and never twice."""

from dataclasses import replace
from pathlib import Path

from capi.core.decision import Proposal
from tests.binance.live import long_at
from tests.serve.served import served
from tests.streams.stage import D, streaming
from tests.worlds import config


def test_a_fill_is_guarded_by_the_event_that_tells_of_it(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        run.told_fill()
        run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        [heard] = run.named("heard")
        assert [one["client_order_id"] for one in heard["actions"] if one["result"] == "ack"] == ["capi_sl_d1"]
        assert run.qty == D("0.013")
        assert run.sent_ids("sl") == ["capi_sl_d1"]


def test_a_short_lives_from_its_entry_to_its_stop_by_events(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        short = Proposal(
            direction="short",
            zone_min=D(76900),
            zone_max=D(77000),
            sl=D(77900),
            tp1=D(75600),
            tp2=D(74500),
            position_size_usdt=D(1000),
            leverage=D(3),
        )
        run.decisions.give(replace(long_at(run.exchange.clock.now_ms()), proposal=short))
        run.until(lambda: "capi_entry_d1" in run.resting)
        venue.price("76950.0", "76950.1")
        run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        venue.price("77950.0", "77950.1")
        run.until(lambda: run.named("trade_closed") != [])
        [closed] = run.named("trade_closed")
        assert (closed["side"], closed["exit_reason"]) == ("short", "sl")
        assert run.qty == 0
        run.until(lambda: run.resting == {})
        assert run.sent_ids("sl") == ["capi_sl_d1"]


def test_an_entry_that_fills_in_parts_has_one_stop_and_whole_targets(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        for part in ("0.004", "0.005", "0.004"):
            before = run.qty
            venue.price("76899.9", "76900.0", ask_qty=part)
            run.until(lambda before=before: run.qty > before)  # type: ignore[misc]  # a default, bound now
            venue.price("76915.0", "76915.1", ask_qty="5")
        run.until(lambda: len(run.resting) == 3)
        run.until(lambda: sum(one.quantity for one in run.resting.values()) == D("0.013"))
        assert run.qty == D("0.013")
        assert run.sent_ids("sl") == ["capi_sl_d1"]


def test_prices_come_from_the_streams_and_cost_no_requests(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.passes(3)
        asked = [run.asked(f"/fapi/{path}") for path in ("v1/ticker/bookTicker", "v1/premiumIndex", "v2/ticker/price")]
        venue.price("76800.0", "76800.1", mark="76810.5")
        run.until(lambda: run.reports[-1].account.market.mark == D("76810.5"))  # type: ignore[union-attr]
        account = run.reports[-1].account
        assert account is not None
        assert (account.market.bid, account.market.ask, account.market.last) == (D(76800), D("76800.1"), None)
        assert account.market.volatility is not None
        assert asked == [
            run.asked(f"/fapi/{path}") for path in ("v1/ticker/bookTicker", "v1/premiumIndex", "v2/ticker/price")
        ]


def test_leverage_changed_by_hand_is_read_at_once(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.passes(2)
        asked = run.asked("/fapi/v1/symbolConfig")
        venue.control("POST", "account", leverage=7)
        run.until(lambda: run.reports[-1].account.leverage == 7)  # type: ignore[union-attr]
        assert run.asked("/fapi/v1/symbolConfig") > asked


def test_the_last_price_comes_from_trades_where_stops_trigger_by_it(tmp_path: Path) -> None:
    by_last = config("protection", trigger_by="last")
    with served() as venue, streaming(venue, tmp_path, config=by_last) as run:
        run.up()
        run.passes(2)
        assert run.asked("/fapi/v2/ticker/price") > 0  # no trade was told of yet
        run.entry()
        run.fill()
        run.until(lambda: {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"} <= set(run.resting))
        run.passes(2)
        asked = run.asked("/fapi/v2/ticker/price")
        run.passes(4)
        account = run.reports[-1].account
        assert account is not None
        assert account.market.last == D(76900)
        assert run.asked("/fapi/v2/ticker/price") == asked
