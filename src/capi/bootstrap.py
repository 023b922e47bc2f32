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
from capi.ports.clock import Clock
from capi.ports.decisions import DecisionSource
from capi.ports.exchange import Exchange
from capi.ports.journal import Journal
from capi.settings import Settings

if TYPE_CHECKING:  # costly: who trades on Binance imports them, replays do not
    from capi.adapters.binance.clock import ExchangeClock
    from capi.adapters.binance.connector import Access
    from capi.adapters.binance.exchange import BinanceExchange
    from capi.adapters.binance.inquiry import Inquiry
    from capi.adapters.binance.public_prices import PublicPrices
    from capi.adapters.binance.streams.streams import Streams
    from capi.adapters.duckdb.thread import ProjectionThread
    from capi.adapters.engine_log import EngineLog
    from capi.adapters.telegram.alerts import TelegramAlerts
    from capi.engine.status_board import Part, StatusBoard
    from capi.engine.told import AlertsWithMemory


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


# paper, on live prices


def live_paper_folder(settings: Settings) -> Path:
    """Return the room of the paper account that lives on Binance's prices."""
    return settings.state_dir / "paper" / settings.symbol


def public_inquiry(settings: Settings) -> "Inquiry":
    """Return what asks mainnet (or exchange.rest_url) for what is public; it holds no key."""
    from capi.adapters.binance.connector import Access
    from capi.adapters.binance.exchange import REST_URLS
    from capi.adapters.binance.inquiry import Inquiry

    exchange = settings.exchange
    access = Access(
        base_url=exchange.rest_url or REST_URLS["mainnet"],
        key=None,
        secret=None,
        recv_window_ms=exchange.recv_window_ms,
        timeout_seconds=float(exchange.timeout_seconds),
    )
    return Inquiry(access, settings.symbol)


def public_prices(settings: Settings, inquiry: "Inquiry", wake: Callable[[], None]) -> "PublicPrices":
    """Return mainnet's public prices (or those of exchange.stream_url), not started yet."""
    from capi.adapters.binance.public_prices import PublicPrices
    from capi.adapters.binance.streams.streams import STREAM_URLS

    return PublicPrices(inquiry, settings.exchange.stream_url or STREAM_URLS["mainnet"], settings.symbol, wake)


def live_paper_engine(exchange: Exchange, clock: Clock, journal: Journal, alerts: Alerts, settings: Settings) -> Engine:
    """Return the engine over a simulated exchange in real time and the decision file; the account has no past."""
    from capi.adapters.decision_file import FileDecisionSource

    return Engine(
        exchange=exchange,
        decisions=FileDecisionSource(settings.decision_file, settings.symbol, settings.id_prefix),
        journal=journal,
        alerts=alerts,
        clock=clock,
        config=settings.core(),
        reconcile_ms=int(settings.loop.reconcile_seconds * 1000),
    )


def live_paper_status(
    folder: Path, settings: Settings, alerts: "AlertsWithMemory", projection: "ProjectionThread"
) -> "StatusBoard":
    """Return what keeps status.json in step with the passes on live prices."""
    return _status(folder, "paper", settings, alerts, lambda: asdict(projection.state), lambda: None)


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
    from capi.adapters.binance.exchange import BinanceExchange

    return BinanceExchange(_access(settings), settings.symbol, clock=clock)


def live_inquiry(settings: Settings) -> "Inquiry":
    """Return what asks Binance one question at a time. Raises CredentialsError for keys that cannot sign."""
    from capi.adapters.binance.inquiry import WALLET_URL, Inquiry

    is_mainnet = settings.exchange.environment == "mainnet" and settings.exchange.rest_url is None
    return Inquiry(_access(settings), settings.symbol, WALLET_URL if is_mainnet else None)


def _access(settings: Settings) -> "Access":
    from capi.adapters.binance.connector import Access

    exchange = settings.exchange
    return Access(
        base_url=live_url(settings),
        key=None if exchange.api_key is None else exchange.api_key.get_secret_value(),
        secret=None if exchange.api_secret is None else exchange.api_secret.get_secret_value(),
        recv_window_ms=exchange.recv_window_ms,
        timeout_seconds=float(exchange.timeout_seconds),
    )


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
        transfers=exchange,
    )


def live_streams(
    settings: Settings, exchange: "BinanceExchange", engine: Engine, wake: Callable[[], None]
) -> "Streams":
    """Return the exchange's streams, not started yet; `wake` is called in their threads when something has come."""
    from capi.adapters.binance.streams.streams import STREAM_URLS, Streams

    return Streams(
        exchange,
        settings.exchange.stream_url or STREAM_URLS[settings.exchange.environment],
        settings.symbol,
        engine.hear,
        wake,
        last_is_needed=settings.protection.trigger_by == "last",
    )


def live_status(
    folder: Path,
    settings: Settings,
    alerts: "AlertsWithMemory",
    projection: "ProjectionThread",
    streams: "Part",
) -> "StatusBoard":
    """Return what keeps status.json in step with the passes of this process."""

    def projected() -> dict[str, Any]:
        return asdict(projection.state)

    return _status(folder, settings.exchange.environment, settings, alerts, projected, streams)


def live_log(settings: Settings) -> "EngineLog | str":
    """Return the log of a live run, or why there is none, in a sentence: trading does not need it."""
    from capi.adapters.engine_log import LOG_NAME, EngineLog, LogTakenError

    exchange = settings.exchange
    constant = {"environment": exchange.environment, "symbol": settings.symbol}
    held = (exchange.api_key, exchange.api_secret, settings.telegram.token)
    secrets = [secret.get_secret_value() for secret in held if secret is not None]
    try:
        return EngineLog(settings.log_dir, constant, secrets)
    except LogTakenError as error:
        return str(error)
    except OSError as error:
        cure = "correct log_dir, or its rights"
        return f"{settings.log_dir / LOG_NAME} cannot be written ({error.strerror or error}): {cure}"


def live_telegram(settings: Settings) -> "TelegramAlerts | None":
    """Return what tells the operator over Telegram, not started yet; None without a token or without a chat."""
    telegram = settings.telegram
    if telegram.token is None or not telegram.chat_ids:
        return None
    from capi.adapters.telegram.alerts import TelegramAlerts

    token = telegram.token.get_secret_value()
    return TelegramAlerts(token, telegram.chat_ids, telegram.level_min, float(telegram.digest_seconds))


def replay_status(folder: Path, settings: Settings, alerts: "AlertsWithMemory") -> "StatusBoard":
    """Return what writes a replay's status.json, once, at its end."""
    return _status(folder, "paper", settings, alerts, lambda: None, lambda: None)


def _status(
    folder: Path,
    environment: str,
    settings: Settings,
    alerts: "AlertsWithMemory",
    projection: Callable[[], dict[str, Any] | None],
    streams: "Part",
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
    return StatusBoard(StatusFile(folder / STATUS_NAME), process, alerts, projection=projection, streams=streams)
