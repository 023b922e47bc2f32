"""The market of a scenario: best bid and ask at any time, from its path and its books."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from capi import bootstrap
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Fault
from capi.cli.scenario.model import Play
from capi.cli.scenario.parts import BOOK
from capi.core.account import Instrument
from capi.core.units import floor_to
from capi.ports.exchange import Request
from capi.ports.market import Quote
from capi.settings import Settings


class PositionLag:
    """`adapters.paper.faults.Faults` that only shows a changed position late."""

    def __init__(self, looks: int) -> None:
        """`looks`: how many still show it as before."""
        self._looks = looks

    def on_request(self, request: Request) -> Fault | None:
        """Let every request go well."""
        return None

    def position_lag(self) -> int:
        """Return for how many looks a change stays unseen."""
        return self._looks


def exchange_of(play: Play, settings: Settings) -> PaperExchange:
    """Return the simulated exchange with the account of a scenario, at its first quote."""
    account, paper = play.account, settings.paper
    config = PaperConfig(
        maker_fee=paper.maker_fee,
        taker_fee=paper.taker_fee,
        delay_ms=paper.delay_ms,
        leverage=account.leverage,
        margin_mode=account.margin_mode,
    )
    faults = PositionLag(account.position_lag) if account.position_lag else None
    exchange = PaperExchange(instrument_of(play, settings), account.equity, config, play.start_ms, faults)
    exchange.advance(quote_at(play, 0, instrument_of(play, settings)))
    return exchange


def instrument_of(play: Play, settings: Settings) -> Instrument:
    """Return the symbol's filters, as the scenario has them."""
    known: Any = bootstrap.paper_instrument(settings, None)
    changed: Instrument = replace(known, **play.instrument)
    return changed


def quote_at(play: Play, at_ms: int, instrument: Instrument) -> Quote:
    """Return the quote at a time since the start."""
    bid = floor_to(_on_path(play, at_ms), instrument.tick_size)
    book = next((one for one in reversed(play.books) if one.at_ms <= at_ms), BOOK)
    return Quote(
        timestamp_ms=play.start_ms + at_ms,
        bid=bid,
        ask=bid + book.spread,
        bid_qty=book.bid_qty,
        ask_qty=book.ask_qty,
    )


def _on_path(play: Play, at_ms: int) -> Decimal:
    """Return the best bid at a time: on the straight line between two points, the last one's after the end."""
    later = next((index for index, point in enumerate(play.path) if point.at_ms > at_ms), len(play.path))
    before = play.path[later - 1]
    if later == len(play.path):
        return before.bid
    after = play.path[later]
    part = Decimal(at_ms - before.at_ms) / (after.at_ms - before.at_ms)
    return before.bid + (after.bid - before.bid) * part
