"""One live session: the room is locked, the exchange answers, the ledger is folded, the account is in order.

Whatever is missing ends the command with one sentence, before anything was sent.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from returns.pipeline import is_successful

from capi import bootstrap
from capi.adapters.binance.connector import CredentialsError
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.journal_beside import JournalBeside
from capi.adapters.journal_file import JOURNAL_NAME
from capi.adapters.journal_heard import HeardJournal
from capi.cli.live.console import Console
from capi.cli.live.first_look import (
    refuse_halted_symbol,
    refuse_other_account,
    refuse_slow_exchange,
    refuse_unasked_changes,
)
from capi.cli.live.outlets import Outlets, outlets
from capi.cli.live.own_room import locked_room, make_room, opened_journal
from capi.cli.live.refusals import refuse_account_modes, refuse_by_error, refuse_missing_keys
from capi.cli.live.teller import Teller
from capi.cli.output import FAILED, USAGE, fail
from capi.core.value import value
from capi.engine.run_pass import Engine
from capi.engine.told import AlertsOfEngine, AlertsWithMemory, RememberedAlerts
from capi.ports.alerts import Alerts
from capi.ports.exchange import Look
from capi.ports.journal import Journal, JournalError
from capi.settings import ConfigError, Settings, load_settings


@value
class Session:
    """An engine that has started and not yet passed. `folder`: where it records, None: nowhere; `look`: the first."""

    settings: Settings
    exchange: BinanceExchange
    engine: Engine
    alerts: AlertsWithMemory
    console: Console
    folder: Path | None
    look: Look
    account_alias: str | None
    outlets: Outlets | None = None


def settings_of(config: Path | None) -> Settings:
    """Return the configuration, or end with a sentence."""
    try:
        return load_settings(config)
    except ConfigError as error:
        fail(error.message, USAGE)


@contextmanager
def acting(settings: Settings, *, consent: bool = False) -> Iterator[Session]:
    """Open a session that holds the room's lock and sends what it plans.

    `consent`: the first start on an account may change what it finds there.
    """
    refuse_missing_keys(settings)
    folder = bootstrap.live_folder(settings)
    with ExitStack() as stack:
        make_room(folder)
        stack.enter_context(locked_room(folder))
        exchange = _answering(settings, stack)
        journal = stack.enter_context(opened_journal(folder))
        console = _console(stack, sends=True)
        telling = stack.enter_context(outlets(settings, console))
        session = _started(settings, exchange, HeardJournal(journal, telling.hear), console, folder, telling)
        if not consent:
            refuse_unasked_changes(session.engine, session.look, settings)
        if session.account_alias is not None:
            session.engine.note_account(session.account_alias)
        if journal.torn_tail is not None:
            session.alerts.send("WARNING", "torn_tail", journal.torn_tail, session.look.now_ms)
        yield session


@contextmanager
def looking(settings: Settings, *, records: bool) -> Iterator[Session]:
    """Open a session that sends nothing, also beside a running engine; `records`: in a folder of its own, else nowhere.

    What is only planned has no place in the live journal; what that one knows is where it begins.
    """
    refuse_missing_keys(settings)
    live = bootstrap.live_folder(settings) / JOURNAL_NAME
    with ExitStack() as stack:
        exchange = _answering(settings, stack)
        folder = _dry_folder(settings) if records else None
        own = None if folder is None else stack.enter_context(opened_journal(folder))
        yield _started(settings, exchange, JournalBeside(live, own), _console(stack, sends=False), folder)


def _dry_folder(settings: Settings) -> Path:
    from capi.cli.replay.run import RunFolderError, new_run_dir  # costly: replays

    try:
        return new_run_dir(settings, None)
    except RunFolderError as error:
        fail(str(error), FAILED)


def _answering(settings: Settings, stack: ExitStack) -> BinanceExchange:
    """Return the exchange: it knows our key, its clock is measured, and its account is in the modes that we need."""
    try:
        exchange = bootstrap.live_exchange(settings)
    except CredentialsError as error:
        fail(str(error), USAGE)
    stack.callback(exchange.close)
    measured = exchange.measure_clock()
    if not is_successful(measured):
        refuse_by_error(measured.failure(), settings)
    refuse_slow_exchange(measured.unwrap(), settings)
    modes = exchange.account_modes()
    if not is_successful(modes):
        refuse_by_error(modes.failure(), settings)
    refuse_account_modes(modes.unwrap())
    return exchange


def _console(stack: ExitStack, *, sends: bool) -> Console:
    teller = Teller()
    stack.callback(teller.close)
    return Console(teller, sends=sends)


def _started(
    settings: Settings,
    exchange: BinanceExchange,
    journal: Journal,
    console: Console,
    folder: Path | None,
    telling: Outlets | None = None,
) -> Session:
    heard: Alerts = console if telling is None else telling
    alerts = RememberedAlerts(heard)
    engine = bootstrap.live_engine(exchange, journal, alerts, settings, sends=console.sends)
    try:
        engine.start()
    except JournalError as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"the journal cannot be read ({error.strerror or error}): correct its rights, see to its disk", FAILED)
    if telling is not None:
        telling.bind(engine, exchange.clock.now_ms())
    alias = refuse_other_account(engine, exchange, settings)
    look = engine.glance()
    if not is_successful(look):
        engine.end("the account could not be read")
        refuse_by_error(look.failure(), settings)
    refuse_halted_symbol(engine, exchange, look.unwrap(), settings)
    return Session(
        settings=settings,
        exchange=exchange,
        engine=engine,
        alerts=AlertsOfEngine(engine.tell, alerts),
        console=console,
        folder=folder,
        look=look.unwrap(),
        account_alias=alias,
        outlets=telling,
    )
