"""One live session: the room is locked, the exchange answers, the ledger is folded, the account is in order.

Whatever is missing ends the command with one sentence, before anything was sent.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from returns.pipeline import is_successful

from capi import bootstrap
from capi.adapters.binance.connector import CredentialsError
from capi.adapters.binance.exchange import BinanceExchange
from capi.adapters.instance_lock import InstanceRunsError, instance_lock
from capi.adapters.journal_beside import JournalBeside
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal, JournalCorrupt
from capi.cli.live.console import Console
from capi.cli.live.refusals import refuse_account_modes, refuse_by_error, refuse_missing_keys
from capi.cli.live.teller import Teller
from capi.cli.output import FAILED, REFUSED, USAGE, fail
from capi.engine.run_pass import Engine
from capi.engine.told import RememberedAlerts
from capi.ports.exchange import Look
from capi.ports.journal import Journal
from capi.settings import ConfigError, Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An engine that has started and not yet passed. `folder`: where it records, None: nowhere; `look`: the first."""

    settings: Settings
    exchange: BinanceExchange
    engine: Engine
    alerts: RememberedAlerts
    console: Console
    folder: Path | None
    look: Look


def settings_of(config: Path | None) -> Settings:
    """Return the configuration, or end with a sentence."""
    try:
        return load_settings(config)
    except ConfigError as error:
        fail(error.message, USAGE)


@contextmanager
def acting(settings: Settings) -> Iterator[Session]:
    """Open a session that holds the room's lock and sends what it plans."""
    refuse_missing_keys(settings)
    folder = bootstrap.live_folder(settings)
    with ExitStack() as stack:
        _make(folder)
        stack.enter_context(_locked(folder))
        exchange = _answering(settings, stack)
        journal = stack.enter_context(_opened(folder))
        console = _console(stack, sends=True)
        session = _started(settings, exchange, journal, console, folder)
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
        own = None if folder is None else stack.enter_context(_opened(folder))
        yield _started(settings, exchange, JournalBeside(live, own), _console(stack, sends=False), folder)


def _dry_folder(settings: Settings) -> Path:
    from capi.cli.replay.run import RunFolderError, new_run_dir  # costly: replays

    try:
        return new_run_dir(settings, None)
    except RunFolderError as error:
        fail(str(error), FAILED)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: cannot be made ({error.strerror or error}): correct state_dir, or its rights", FAILED)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(instance_lock(folder))
        except InstanceRunsError as held:
            who = "another process" if held.pid is None else f"process {held.pid}"
            fail(f"capi already runs here ({who} holds {held.path}): stop it first; one engine a symbol", REFUSED)
        except OSError as error:
            fail(f"{folder}: cannot be locked ({error.strerror or error}): correct its rights", FAILED)
        yield


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
    modes = exchange.account_modes()
    if not is_successful(modes):
        refuse_by_error(modes.failure(), settings)
    refuse_account_modes(modes.unwrap())
    return exchange


def _console(stack: ExitStack, *, sends: bool) -> Console:
    teller = Teller()
    stack.callback(teller.close)
    return Console(teller, sends=sends)


def _opened(folder: Path) -> FileJournal:
    path = folder / JOURNAL_NAME
    try:
        return FileJournal(path, durable=True)
    except JournalCorrupt as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"{path}: cannot be opened ({error.strerror or error}): correct its rights", FAILED)


def _started(
    settings: Settings, exchange: BinanceExchange, journal: Journal, console: Console, folder: Path | None
) -> Session:
    alerts = RememberedAlerts(console)
    engine = bootstrap.live_engine(exchange, journal, alerts, settings, sends=console.sends)
    try:
        engine.start()
    except JournalCorrupt as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"the journal cannot be read ({error.strerror or error}): correct its rights, see to its disk", FAILED)
    look = engine.glance()
    if not is_successful(look):
        engine.end("the account could not be read")
        refuse_by_error(look.failure(), settings)
    return Session(
        settings=settings,
        exchange=exchange,
        engine=engine,
        alerts=alerts,
        console=console,
        folder=folder,
        look=look.unwrap(),
    )
