"""Where a live run tells what it does, beside stderr and the journal: logs/engine.log and Telegram.

None of it is needed for trading: what cannot be opened or written is told once, and the run goes on. All calls come
from the engine's thread; what the sending thread has to report is collected here and recorded by the engine.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final

import typer

from capi import __version__, bootstrap
from capi.cli.live.console import Console
from capi.cli.live.late import tell_late
from capi.core.actions import Level
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN
from capi.core.stops import Guard
from capi.core.units import text
from capi.engine.alert_context import context_of
from capi.engine.announce import Announcer
from capi.engine.attempt import Failed, attempt
from capi.engine.ledger import AlertKey
from capi.engine.pass_log import pass_level, pass_line
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.alerts import Context
from capi.ports.exchange import Look
from capi.ports.journal import Event
from capi.settings import Settings

if TYPE_CHECKING:
    from capi.adapters.engine_log import EngineLog
    from capi.adapters.telegram.alerts import TelegramAlerts

_IN_ORDER: Final = (typer.Exit, SystemExit)
"""How a command ends that has said why."""


class Outlets:
    """The outlets of one run. `send` makes it the engine's `Alerts`; `bind` it to the engine once that has started."""

    def __init__(
        self, settings: Settings, console: Console, log: "EngineLog | str", telegram: "TelegramAlerts | None"
    ) -> None:
        """`log`: a sentence when there is none, saying why."""
        self._settings: Final = settings
        self._console: Final = console
        self._log: Final = None if isinstance(log, str) else log
        self._no_log: Final = log if isinstance(log, str) else None
        self._telegram: Final = telegram
        self._interval: Final = float(settings.loop.interval_seconds)
        self._engine: Engine | None = None
        self._announcer: Announcer | None = None
        self._untold: dict[AlertKey, Event] = {}
        self._passes = 0
        self._guard: Guard | None = None
        self._qty: Decimal | None = None  # of the latest look
        self._troubles: dict[str, str | None] = {}

    # from the engine, during a pass

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand one alert to stderr and Telegram. The log hears it from the journal."""
        self._console.send(level, code, message, at_ms)
        if self._telegram is not None:
            self._telegram.send(level, code, message, at_ms)

    def hear(self, event: Event) -> None:
        """Take one event of the journal."""
        if self._log is not None:
            self._log.hear(event)
        if self._announcer is not None:
            self._announcer.hear(event)

    # from the run

    def bind(self, engine: Engine, now_ms: int) -> None:
        """Take the engine, which has just folded its journal."""
        self._engine = engine
        self._untold = dict(engine.ledger.untold)
        silence_ms = int(self._settings.loop.decision_age_seconds_max * 1000)
        self._announcer = Announcer(engine.ledger, silence_ms)
        self._announcer.began(now_ms)
        if self._telegram is not None:
            self._telegram.context_of = self._context_of
        self._tell_trouble(engine, "log_unwritable", self._no_log)

    def started(self, look: Look) -> None:
        """Tell that the run has begun, what it found, and what an earlier one could not tell."""
        engine = self._engine
        if engine is None:
            return
        settings = self._settings
        ours = [order for order in look.orders if order.status in OPEN]
        count = sum(parse_order_id(settings.id_prefix, order.client_order_id) is not None for order in ours)
        left = 0
        if self._telegram is not None:
            left = tell_late(engine, self._telegram, self._untold, self._context_of, look.now_ms)
        engine.announce(
            "INFO",
            "engine_started",
            f"capi {__version__} trades {settings.symbol} on {settings.exchange.environment}; position "
            f"{text(look.position.qty)}, open orders of ours: {count}"
            + (f"; {left} alerts of the last day were recorded and never sent: capi logs shows them" if left else ""),
        )

    def passed(self, report: PassReport, seconds: float) -> None:
        """Log a pass, tell its news, and record what became of earlier alerts."""
        engine, announcer = self._engine, self._announcer
        if engine is None or announcer is None:
            return
        self._passes += 1
        self._guard = report.guard
        if report.account is not None:
            self._qty = report.account.position.qty
        if self._log is not None:
            line = pass_line(report, self._passes, seconds, self._interval)
            self._log.write(pass_level(report, seconds, self._interval), line)
            self._tell_trouble(engine, "log_unwritable", self._log.trouble)
        announcer.passed(report.at_ms, engine.announce)
        self._collect(engine)

    def ending(self, reason: str | None = None) -> None:
        """Send what waits, for a moment at most, and record what became of it. `reason`: why the run stops."""
        engine = self._engine
        if engine is None:
            return
        if reason is not None:
            qty = engine.ledger.position_qty if self._qty is None else self._qty
            left = f"a position of {text(qty)} stays, guard {self._guard}" if qty else "no position stays"
            engine.announce("INFO", "engine_stopped", f"{reason}; {left}")
        if self._telegram is not None:
            self._telegram.sender.close()
            self._collect(engine)

    def left(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End, however the run was left. Who ends it at once waits for no message: the next run sees to the rest.

        An error that nobody caught ends the process; that is told before it does.
        """
        if isinstance(error, KeyboardInterrupt):
            return
        if error is None or isinstance(error, _IN_ORDER):
            self.ending()
            return
        told = attempt(partial(self._tell_of_crash, error))
        if isinstance(told, Failed):
            self._console.say(f"that capi ends by an error could not be told ({told.sentence})")

    def _tell_of_crash(self, error: BaseException) -> None:
        if self._engine is not None:
            why = f"capi ends by an error of its own ({type(error).__name__}): stop and targets stay on the exchange"
            self._engine.announce("CRITICAL", "engine_crashed", why)
            self.ending()

    def _collect(self, engine: Engine) -> None:
        if self._telegram is None:
            return
        for delivery in self._telegram.sender.deliveries():
            engine.note_delivery(delivery)
        self._tell_trouble(engine, "telegram_failed", self._telegram.sender.trouble)

    def _tell_trouble(self, engine: Engine, code: str, trouble: str | None) -> None:
        """Tell a trouble once, and again when it is another one."""
        if trouble is not None and trouble != self._troubles.get(code):
            engine.tell("WARNING", code, f"{trouble}; trading goes on")
        self._troubles[code] = trouble

    def _context_of(self, code: str, reason: str) -> Context:
        settings = self._settings
        if self._engine is None:
            return Context(source="capi", symbol=settings.symbol)
        return context_of(self._engine, settings.symbol, settings.id_prefix, code, reason)


@contextmanager
def outlets(settings: Settings, console: Console) -> Iterator[Outlets]:
    """Yield the outlets of a run that acts; at its end what waits is written and sent, for a moment at most."""
    with ExitStack() as stack:
        log, telegram = bootstrap.live_log(settings), bootstrap.live_telegram(settings)
        if not isinstance(log, str):
            stack.callback(log.close)
        made = Outlets(settings, console, log, telegram)
        if telegram is not None:
            telegram.sender.start()
        stack.push(made.left)
        yield made
