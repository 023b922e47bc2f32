"""The engine on a served exchange with the outlets of `capi run`: a log, and Telegram as a test plays it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from capi import bootstrap
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal
from capi.adapters.journal_heard import HeardJournal
from capi.cli.live.console import Console
from capi.cli.live.outlets import Outlets, outlets
from capi.cli.live.teller import Teller
from capi.engine.loop import Loop
from capi.engine.report import PassReport
from capi.settings import Settings, load_settings
from tests.live.stage import Acting, Setting
from tests.serve.served import Served
from tests.telegram.bot import CHAT, TOKEN


class Telling(Acting):
    """`Acting` whose engine tells what it does. `kill` is an end without a word."""

    def begin(self) -> None:
        """Start an engine on the room's journal, as a new process would, and its outlets."""
        super().begin()
        self.exchange.close()
        self.journal.close()
        self._stack = ExitStack()
        teller = Teller()
        self._stack.callback(teller.close)
        settings = self.settings
        self.outlets: Outlets = self._stack.enter_context(outlets(settings, Console(teller, sends=True)))
        self.journal = FileJournal(self.setting.room / JOURNAL_NAME, durable=False)
        self.exchange = bootstrap.live_exchange(settings, ExchangeClock(self.time))
        self.exchange.measure_clock()
        heard = HeardJournal(self.journal, self.outlets.hear)
        self.engine = bootstrap.live_engine(self.exchange, heard, self.outlets, settings, sends=True)
        self.engine.start()
        self.outlets.bind(self.engine, self.exchange.clock.now_ms())
        self.loop = Loop(self.engine, self.pace, 0.4, self._passed)

    def started(self) -> None:
        """Look, and tell that the run has begun, as `capi run` does."""
        self.outlets.started(self.engine.glance().unwrap())

    def _passed(self, report: PassReport, seconds: float) -> None:
        self.reports.append(report)
        self.outlets.passed(report, seconds)

    @property
    def settings(self) -> Settings:
        """Return the configuration, with the bot's token."""
        secrets = {**self.setting.environment, "CAPI_TELEGRAM__TOKEN": TOKEN}
        return load_settings(self.setting.folder / "capi.toml", env=secrets)

    def end(self) -> None:
        """End in order."""
        if self._runs:
            self._stack.close()
        super().end()


@contextmanager
def telling(venue: Served, folder: Path, **tables: Any) -> Iterator[Telling]:
    """Run an engine that tells, in a setting of its own."""
    telegram = {"chat_ids": [CHAT], "digest_seconds": 0, **tables.pop("telegram", {})}
    made = Telling(Setting(venue, folder / "user", {"telegram": telegram, **tables}))
    try:
        yield made
    finally:
        made.end()
