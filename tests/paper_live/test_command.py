"""`capi paper --live` as a process: a whole trade on a served exchange's prices, its end, and what is left to read."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.live.processes import Engine, read_until, started
from tests.live.stage import Setting
from tests.serve.served import served


@contextmanager
def paper(user: Setting, *arguments: str) -> Iterator[Engine]:
    """Run it without keys."""
    with started(user, ["paper", "--live", *arguments], {}) as process:
        yield process


def ended(process: Engine) -> tuple[str, str]:
    """Stop it as Ctrl-C does, and return what it said."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)


def room(user: Setting) -> Path:
    """Return where it records."""
    return user.folder / "data" / "paper" / "BTCUSDT"


def events(user: Setting, name: str) -> list[dict[str, Any]]:
    """Return its journal's events of a name."""
    lines = (room(user) / "journal.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == name]


def test_a_whole_trade_and_what_is_left_of_it(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.decide("d1")
        with paper(user, "--json") as process:
            read_until(process, "place_order capi_entry_d1")
            venue.price("76880.0", "76880.1")
            read_until(process, "guard guarded")
            assert user.capi("status", "--environment", "paper").stdout.count("guarded") == 1
            with paper(user) as second:
                _, refused = second.communicate(timeout=60)
            assert "capi already runs here" in refused
            assert second.returncode == 4
            venue.price("75980.0", "75980.1")
            read_until(process, "close_trade d1")
            out, _ = ended(process)
        assert process.returncode == 0
        document = json.loads(out)
        assert [(one["decision_id"], one["exit_reason"]) for one in document["trades"]] == [("d1", "sl")]
        assert Decimal(9980) < Decimal(document["equity_end"]) < Decimal(9990)
        assert {event["outcome"] for event in events(user, "answered")} == {"ack"}
        sent = [one for one in venue.control("GET", "requests")["requests"] if one["method"] != "GET"]
        assert sent == []  # nothing reached the exchange
        trades = json.loads(user.capi("trades", "--environment", "paper", "--json").stdout)
        assert "d1" in json.dumps(trades)
        with paper(user) as process:
            assert "the last start's record is now run 1" in read_until(process, "run 1")
            read_until(process, "NO_POSITION")
            out, _ = ended(process)
        assert "No trade was closed." in out
        assert "d1" in user.capi("trades", "--run", "1").stdout


def test_prices_that_stop_and_come_back_and_an_end_with_a_position(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        user.decide("d1")
        with paper(user) as process:
            read_until(process, "place_order capi_entry_d1")
            venue.price("76880.0", "76880.1")
            read_until(process, "guard guarded")
            venue.fault("*", "unavailable_503", times=10_000)
            venue.control("POST", "streams", action="silence")
            read_until(process, "no price has come from Binance since")
            venue.control("DELETE", "fault")
            read_until(process, "the exchange's streams are back")
            out, err = ended(process)
    assert process.returncode == 0
    assert "the position of 0.013 ended with the simulated account" in err
    assert "still open" in out


@pytest.mark.parametrize(
    ("variables", "status", "words"),
    [
        ({"CAPI_SYMBOL": "NOSUCHUSDT"}, 2, "correct symbol"),
        ({"CAPI_SYMBOL": "ETHUSDT"}, 2, "PENDING_TRADING"),
        ({"CAPI_EXCHANGE__REST_URL": "http://127.0.0.1:1"}, 1, "see to network"),
    ],
)
def test_what_ends_it_before_it_begins(tmp_path: Path, variables: dict[str, str], status: int, words: str) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        result = user.capi("paper", "--live", **variables)
    assert (result.exit_code, words in result.stderr) == (status, True), result.stderr
    assert not (room(user) / "journal.jsonl").exists()


def test_options_of_other_ways_to_trade_are_refused(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path / "user")
        result = user.capi("paper", "--live", "--hours", "3")
    assert result.exit_code == 2
    assert "--hours has no meaning on live prices" in result.stderr


def test_no_price_within_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from capi.cli.live_paper import session

    monkeypatch.setattr(session, "FIRST_PRICE_SECONDS", 0.3)
    with served() as venue:
        user = Setting(venue, tmp_path / "user", {"exchange": {"stream_url": "ws://127.0.0.1:1"}})
        venue.fault("GET /fapi/v1/ticker/bookTicker", "unavailable_503", times=1000)
        result = user.capi("paper", "--live")
    assert result.exit_code == 1
    assert "no price has come within 0.3 s" in result.stderr
