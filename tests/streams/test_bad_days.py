"""Streams that are dead, silent, torn, repeated, out of order, or whose key is gone: latency at most."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import websocket

from capi.adapters.binance.streams.line import Line
from capi.adapters.binance.streams.user import UserStream
from capi.ports.streams import Disturbed
from tests.serve.served import served
from tests.streams.stage import QUICK, D, Streaming, streaming

TRADE = {"capi_sl_d1", "capi_tp1_d1", "capi_tp2_d1"}


def told_codes(run: Streaming) -> list[str]:
    """Return the alerts of the streams, in order."""
    return [code for code in run.alerts.codes if code.startswith("streams_")]


def line(run: Streaming, name: str) -> dict[str, object]:
    """Return the state of one line."""
    state: dict[str, object] = run.streams.status()[name]
    return state


def test_stream_dead_engine_still_correct(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path, stream_url="ws://127.0.0.1:9") as run:
        run.streams.start()
        run.until(lambda: "streams_down" in run.alerts.codes)
        run.entry()
        run.fill()
        run.until(lambda: set(run.resting) >= TRADE)
        run.passes(3)
        assert run.sent_ids("sl") == ["capi_sl_d1"]
        assert told_codes(run) == ["streams_down"]
        run.until(lambda: run.asked("/fapi/v1/ticker/bookTicker") > 3)


def test_silent_stream_detected_by_heartbeat(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        venue.control("POST", "streams", action="silence", route="private")
        run.entry()  # taken by the exchange, and not told of
        run.until(lambda: line(run, "private")["connections"] == 2)
        run.told_fill()
        run.until(lambda: set(run.resting) >= TRADE)
        assert len(run.named("heard")) == 1


def test_subscription_to_nothing_is_noticed_and_prices_are_read_by_rest(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        venue.control("POST", "streams", action="silence", route="public")
        asked = run.asked("/fapi/v1/ticker/bookTicker")
        run.until(lambda: run.asked("/fapi/v1/ticker/bookTicker") > asked or line(run, "public")["connections"] == 2)
        run.until(lambda: line(run, "public")["connections"] == 2)
        assert line(run, "market")["connections"] == 1


def test_1125_creates_new_key_and_socket(tmp_path: Path) -> None:
    patience = replace(QUICK, prolong_every=0.3)
    with served() as venue, streaming(venue, tmp_path, patience=patience) as run:
        run.up()
        before = venue.inside(lambda inside: inside.keys.drop())
        run.until(lambda: line(run, "private")["connections"] == 2 and line(run, "private")["up"] is True)
        assert run.asked("/fapi/v1/listenKey", "PUT") >= 1
        assert run.asked("/fapi/v1/listenKey", "POST") == 2
        assert not venue.inside(lambda inside: inside.keys.alive(before[0]))


def test_a_key_ended_by_another_client_is_replaced(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        venue.control("POST", "listen_key")
        run.until(lambda: line(run, "private")["connections"] == 2)
        run.fill()
        run.until(lambda: set(run.resting) >= TRADE)
        assert run.asked("/fapi/v1/listenKey", "POST") == 2


def test_what_happened_while_a_stream_was_away_is_found_by_the_look_after_it(tmp_path: Path) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        venue.fault("POST /fapi/v1/listenKey", "unavailable_503")
        venue.control("POST", "streams", action="drop")
        run.fill()
        run.until(lambda: set(run.resting) >= TRADE)
        run.until(lambda: sum(isinstance(event, Disturbed) for event in run.heard) >= 2)
        assert run.sent_ids("sl") == ["capi_sl_d1"]


@pytest.mark.parametrize("action", ["repeat", "reorder"])
def test_events_that_come_twice_or_out_of_order_do_no_harm(tmp_path: Path, action: str) -> None:
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        venue.control("POST", "streams", action=action, **({"times": 3} if action == "repeat" else {}))
        run.entry()
        run.fill()
        run.until(lambda: set(run.resting) >= TRADE)
        venue.price("75990.0", "75990.1")
        run.until(lambda: run.named("trade_closed") != [])
        [closed] = run.named("trade_closed")
        assert closed["exit_reason"] == "sl"
        assert run.sent_ids("sl") == ["capi_sl_d1"]
        assert run.sent_ids("entry") == ["capi_entry_d1"]
        run.until(lambda: run.resting == {})
        assert run.qty == D(0)


def test_stream_task_crash_is_restarted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hear, crashes = UserStream.hear, [ZeroDivisionError("a bug")]

    def crash_once(self: UserStream, message: str) -> None:
        if crashes:
            raise crashes.pop()
        hear(self, message)

    monkeypatch.setattr(UserStream, "hear", crash_once)
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        run.until(lambda: line(run, "private")["connections"] == 2)
        run.told_fill()
        run.until(lambda: set(run.resting) >= TRADE)
        assert len(run.named("heard")) == 1


def test_streams_that_come_back_are_told_once(tmp_path: Path) -> None:
    with served() as venue:
        venue.fault("POST /fapi/v1/listenKey", "unavailable_503", times=1000)
        with streaming(venue, tmp_path) as run:
            run.streams.start()
            run.until(lambda: "streams_down" in run.alerts.codes)
            assert line(run, "public")["up"] is True
            assert "no key" in str(line(run, "private")["why"])
            venue.control("DELETE", "fault")
            run.until(lambda: "streams_up" in run.alerts.codes)
            run.passes(3)
            assert told_codes(run) == ["streams_down", "streams_up"]


def test_a_bug_in_what_looks_after_the_lines_is_told_and_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspect, crashes = UserStream.why_suspect, [ZeroDivisionError("a bug")]

    def crash_once(self: UserStream, now: float) -> str | None:
        if crashes:
            raise crashes.pop()
        return suspect(self, now)

    monkeypatch.setattr(UserStream, "why_suspect", crash_once)
    with served() as venue, streaming(venue, tmp_path) as run:
        run.streams.start()
        run.until(lambda: "attending_failed" in run.alerts.codes)
        venue.control("POST", "listen_key")
        run.until(lambda: line(run, "private")["connections"] == 2)
        venue.control("POST", "streams", action="silence", route="private")
        run.entry()
        run.until(lambda: line(run, "private")["connections"] == 3)


def test_a_user_stream_that_never_says_anything_is_told_as_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Line, "_receive", deaf_private_line(Line._receive))
    with served() as venue, streaming(venue, tmp_path) as run:
        run.up()
        run.entry()
        run.until(lambda: line(run, "private")["connections"] == 2)
        assert line(run, "private")["up"] is True
        run.fill()
        silent = "private: it did not tell of what REST shows"
        run.until(lambda: any(silent in message for *_, message, _ in run.alerts.told))
        assert set(run.resting) >= TRADE


def deaf_private_line(receive: Callable[[Line, Any, Any], str | None]) -> Callable[[Line, Any, Any], str | None]:
    """Return what receives and leaves out the messages of the private line: it is subscribed to nothing."""

    class Nothing:
        """A socket that says nothing but that it is there."""

        def __init__(self, socket: Any) -> None:
            self._socket = socket

        def recv_data(self, *, control_frame: bool) -> tuple[int, bytes]:
            opcode, data = self._socket.recv_data(control_frame=control_frame)
            return (websocket.ABNF.OPCODE_PONG, b"") if opcode == websocket.ABNF.OPCODE_TEXT else (opcode, data)

    def deaf(self: Line, socket: Any, beats: Any) -> str | None:
        return receive(self, Nothing(socket) if self.name == "private" else socket, beats)

    return deaf
