"""Wire the parts together: the one place that knows settings, adapters and engine at once."""

from decimal import Decimal
from pathlib import Path
from typing import Final

from capi.adapters.instruments import instrument_for, with_fees
from capi.adapters.journal_file import FileJournal
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Instrument
from capi.core.actions import Level
from capi.engine.run_pass import Engine
from capi.ports.decisions import DecisionSource
from capi.ports.journal import Journal
from capi.settings import Settings

JOURNAL_NAME: Final = "journal.jsonl"


class Unheard:
    """Alerts of a replay: nobody is woken for what did not happen. They stand in the journal."""

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Do nothing."""


def paper_instrument(settings: Settings, instrument: Instrument | None) -> Instrument:
    """Return the instrument to simulate, with the configured fees. Raises InstrumentError for an unknown symbol."""
    known = instrument_for(settings.symbol) if instrument is None else instrument
    return with_fees(known, settings.paper.maker_fee, settings.paper.taker_fee)


def paper_exchange(settings: Settings, instrument: Instrument, start_ms: int) -> PaperExchange:
    """Return a simulated exchange with a fresh account."""
    paper = settings.paper
    config = PaperConfig(maker_fee=paper.maker_fee, taker_fee=paper.taker_fee, delay_ms=paper.delay_ms)
    return PaperExchange(instrument, Decimal(paper.equity_usdt), config, start_ms)


def replay_journal(out: Path) -> FileJournal:
    """Open the journal of a replay: buffered, never synced. Raises OSError."""
    return FileJournal(out / JOURNAL_NAME, durable=False)


def paper_engine(exchange: PaperExchange, decisions: DecisionSource, journal: Journal, settings: Settings) -> Engine:
    """Return the engine over a simulated exchange, which is its clock too."""
    return Engine(
        exchange=exchange,
        decisions=decisions,
        journal=journal,
        alerts=Unheard(),
        clock=exchange,
        config=settings.core(),
        reconcile_ms=int(settings.loop.reconcile_seconds * 1000),
    )
