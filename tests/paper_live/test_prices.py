"""Public prices by streams, and by REST while those are silent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capi import bootstrap
from capi.adapters.binance import public_prices
from capi.adapters.binance.public_prices import PublicPrices
from capi.settings import load_settings
from tests.serve.client import eventually
from tests.serve.served import Served, served


@contextmanager
def prices_of(venue: Served, stream_url: str, folder: Path) -> Iterator[PublicPrices]:
    """Start prices as the command does, without keys."""
    (folder / "capi.toml").write_text(
        f'[exchange]\nrest_url = "{venue.rest_url}"\nstream_url = "{stream_url}"\ntimeout_seconds = 20\n'
    )
    settings = load_settings(folder / "capi.toml", env={})
    inquiry = bootstrap.public_inquiry(settings)
    inquiry.measure_clock()
    woken = threading.Event()
    prices = bootstrap.public_prices(settings, inquiry, woken.set)
    prices.start()
    try:
        assert woken.wait(10), "no price ever came"
        yield prices
    finally:
        prices.close()
        inquiry.close()


def test_streams_bring_every_price(tmp_path: Path) -> None:
    with served() as venue, prices_of(venue, venue.stream_url, tmp_path) as prices:
        eventually(lambda: prices._streamed_at is not None, 10)
        prices.take()
        venue.price("76000.0", "76000.1", mark="76001.5")
        eventually(lambda: any((str(one.bid), str(one.mark)) == ("76000", "76001.5") for one in prices.take()), 10)


def test_rest_stands_in_for_streams_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_prices, "REST_SECONDS", 0.05)
    with served() as venue, prices_of(venue, "ws://127.0.0.1:1", tmp_path) as prices:
        venue.price("76000.0", "76000.1", mark="76001.5")
        eventually(lambda: any((str(one.bid), str(one.mark)) == ("76000", "76001.5") for one in prices.take()), 10)
        monkeypatch.setattr(public_prices, "DOWN_SECONDS", 0.1)
        eventually(lambda: str(prices.down).startswith("public: it cannot be connected"), 10)


def test_rest_takes_over_when_streams_fall_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_prices, "REST_SECONDS", 0.05)
    monkeypatch.setattr(public_prices, "SILENT_SECONDS", 1.5)  # a served book that stands still speaks each second
    with served() as venue, prices_of(venue, venue.stream_url, tmp_path) as prices:
        eventually(lambda: prices._streamed_at is not None, 10)
        venue.control("POST", "streams", action="silence")
        venue.price("76000.0", "76000.1")
        eventually(lambda: any(str(one.bid) == "76000" for one in prices.take()), 10)


def test_an_exchange_that_is_gone_brings_no_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_prices, "REST_SECONDS", 0.05)
    with served() as venue, prices_of(venue, "ws://127.0.0.1:1", tmp_path) as prices:
        venue.fault("*", "unavailable_503", times=1000)
        eventually(lambda: (prices.age_seconds or 0) > 0.3, 10)
        prices.take()
        assert prices.take() == []


def test_a_stream_that_ends_in_an_error_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_prices, "REST_SECONDS", 0.05)
    with served() as venue, prices_of(venue, venue.stream_url, tmp_path) as prices:
        line = prices._lines[0]
        ended = prices._runs[line]

        def broken(message: str) -> None:
            monkeypatch.undo()
            raise RuntimeError("a bug")

        monkeypatch.setattr(line, "_hear", broken)
        eventually(lambda: prices._runs[line] is not ended, 10)
        assert isinstance(ended.exception(), RuntimeError)
        eventually(lambda: line.down_since is None, 10)
