"""Wire the parts together: the one place that knows settings, adapters and engine at once."""

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capi.adapters.instruments import instrument_for, with_fees
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.exchange import PaperExchange
from capi.core.account import Instrument
from capi.core.actions import Level
from capi.engine.run_pass import Engine
from capi.ports.alerts import Alerts
from capi.ports.decisions import DecisionSource
from capi.ports.journal import Journal
from capi.settings import Settings

if TYPE_CHECKING:  # costly: who trades on Binance imports them, replays do not
    from capi.adapters.binance.clock import ExchangeClock
    from capi.adapters.binance.exchange import BinanceExchange
    from capi.adapters.duckdb.thread import ProjectionThread
    from capi.engine.status_board import StatusBoard
    from capi.engine.told import RememberedAlerts


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


def paper_engine(
    exchange: PaperExchange,
    decisions: DecisionSource,
    journal: Journal,
    settings: Settings,
    *,
    alerts: Alerts | None = None,
    collect_bounds: bool = False,
) -> Engine:
    """Return the engine over a simulated exchange, which is its clock too; without `alerts` nobody hears them."""
    return Engine(
        exchange=exchange,
        decisions=decisions,
        journal=journal,
        alerts=Unheard() if alerts is None else alerts,
        clock=exchange,
        config=settings.core(),
        reconcile_ms=int(settings.loop.reconcile_seconds * 1000),
        collect_bounds=collect_bounds,
    )


# live


def live_folder(settings: Settings) -> Path:
    """Return the room of this environment and symbol: journal, database, status and lock."""
    return settings.state_dir / settings.exchange.environment / settings.symbol


def live_url(settings: Settings) -> str:
    """Return the base of the REST addresses."""
    from capi.adapters.binance.exchange import REST_URLS

    return settings.exchange.rest_url or REST_URLS[settings.exchange.environment]


def live_exchange(settings: Settings, clock: "ExchangeClock | None" = None) -> "BinanceExchange":
    """Return Binance, asked nothing yet. Raises CredentialsError for keys that cannot sign."""
    from capi.adapters.binance.connector import Access
    from capi.adapters.binance.exchange import BinanceExchange

    exchange = settings.exchange
    access = Access(
        base_url=live_url(settings),
        key=None if exchange.api_key is None else exchange.api_key.get_secret_value(),
        secret=None if exchange.api_secret is None else exchange.api_secret.get_secret_value(),
        recv_window_ms=exchange.recv_window_ms,
        timeout_seconds=float(exchange.timeout_seconds),
    )
    return BinanceExchange(access, settings.symbol, clock=clock)


def live_engine(
    exchange: "BinanceExchange", journal: Journal, alerts: Alerts, settings: Settings, *, sends: bool
) -> Engine:
    """Return the engine over Binance and the decision file; without `sends` every request is held.

    Which decision ids were seen before the ledger knows, so the decision file's reader starts without them.
    """
    from capi.adapters.decision_file import FileDecisionSource

    return Engine(
        exchange=exchange,
        decisions=FileDecisionSource(settings.decision_file, settings.symbol, settings.id_prefix),
        journal=journal,
        alerts=alerts,
        clock=exchange.clock,
        config=settings.core(),
        reconcile_ms=int(settings.loop.reconcile_seconds * 1000),
        sends=sends,
        past=exchange.past(settings.id_prefix),
    )


def live_status(
    folder: Path, settings: Settings, alerts: "RememberedAlerts", projection: "ProjectionThread"
) -> "StatusBoard":
    """Return what keeps status.json in step with the passes of this process."""

    def projected() -> dict[str, Any]:
        return asdict(projection.state)

    return _status(folder, settings.exchange.environment, settings, alerts, projected)


def replay_status(folder: Path, settings: Settings, alerts: "RememberedAlerts") -> "StatusBoard":
    """Return what writes a replay's status.json, once, at its end."""
    return _status(folder, "paper", settings, alerts, lambda: None)


def _status(
    folder: Path,
    environment: str,
    settings: Settings,
    alerts: "RememberedAlerts",
    projection: Callable[[], dict[str, Any] | None],
) -> "StatusBoard":
    import os
    import time

    from capi import __version__
    from capi.adapters.status_file import STATUS_NAME, StatusFile
    from capi.engine.status import Process
    from capi.engine.status_board import StatusBoard

    process = Process(
        environment=environment,
        symbol=settings.symbol,
        id_prefix=settings.id_prefix,
        version=__version__,
        pid=os.getpid(),
        started_at_ms=time.time_ns() // 1_000_000,
        interval_seconds=settings.loop.interval_seconds,
    )
    return StatusBoard(StatusFile(folder / STATUS_NAME), process, alerts, projection=projection)
