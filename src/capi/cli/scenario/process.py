"""The engine of a scenario as a process: it begins on a journal, may end at any request, and begins again."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from capi import bootstrap
from capi.adapters.decision_file import FileDecisionSource
from capi.adapters.journal_file import JOURNAL_NAME, FileJournal
from capi.adapters.paper.exchange import PaperExchange
from capi.cli.scenario.line import Line, ProcessEnded
from capi.cli.scenario.past import AccountPast
from capi.engine.announce import Announcer
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.ports.journal import Event
from capi.settings import Settings


class TappedJournal:
    """A journal file whose events are heard as they are appended, on a disk that can be full."""

    def __init__(self, path: Path, hear: Callable[[Event], None]) -> None:
        """`hear` is told each event that was appended."""
        self._file: Final = FileJournal(path, durable=False)
        self._hear: Final = hear
        self.full = False

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Append, unless the disk is full."""
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._file.append(event, durable=durable)
        self._hear(event)

    def events(self) -> Iterator[Event]:
        """Yield every event kept so far."""
        return self._file.events()

    def close(self) -> None:
        """Close the file; what was appended is in it."""
        self._file.close()


class Process:
    """One engine after the other on one journal and one decision file. It runs from the start."""

    def __init__(
        self, exchange: PaperExchange, line: Line, settings: Settings, folder: Path, hear: Callable[[Event], None]
    ) -> None:
        """Begin. `hear` is told every event of every journal."""
        self._exchange: Final = exchange
        self._line: Final = line
        self._settings: Final = settings
        self._hear: Final = hear
        self.past: Final = AccountPast(exchange, settings.id_prefix)
        self.decision_file: Final = folder / "decision.json"
        self.journal_file: Final = folder / JOURNAL_NAME
        self.begin()

    def begin(self) -> None:
        """Start an engine on what the journal holds."""
        config, settings = self._settings.core(), self._settings
        self._journal = TappedJournal(self.journal_file, self._heard)
        self.engine = Engine(
            exchange=self._line,
            decisions=FileDecisionSource(self.decision_file, config.symbol, config.id_prefix),
            journal=self._journal,
            alerts=bootstrap.Unheard(),
            clock=self._exchange,
            config=config,
            reconcile_ms=int(settings.loop.reconcile_seconds * 1000),
            past=self.past,
        )
        self._announcer = Announcer(self.ledger, int(settings.loop.decision_age_seconds_max * 1000))
        self.engine.start()
        self._announcer.began(self._exchange.now_ms())
        self.is_running = True

    def end(self) -> None:
        """End as a crash would: nothing is said, nothing more is written."""
        if self.is_running:
            self._journal.close()
            self.is_running = False

    def restart(self) -> None:
        """End, and begin again."""
        self.end()
        self.begin()

    def lose_ledger(self) -> None:
        """End, and let the journal be lost."""
        self.end()
        self.journal_file.unlink()

    def tear_journal(self) -> None:
        """End in the middle of the journal's last line."""
        self.end()
        os.truncate(self.journal_file, self.journal_file.stat().st_size - 1)

    def fill_disk(self, *, full: bool) -> None:
        """Let the disk be full, or have room again."""
        self._journal.full = full

    def run_pass(self) -> PassReport | None:
        """Run one pass; None where the process ended in it and has begun again."""
        try:
            report = self.engine.run_pass()
        except ProcessEnded:
            self.restart()
            return None
        self._announcer.passed(report.at_ms, self.engine.tell)
        return report

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the engine that runs, or ran last."""
        return self.engine.ledger

    def _heard(self, event: Event) -> None:
        self._announcer.hear(event)
        self._hear(event)
