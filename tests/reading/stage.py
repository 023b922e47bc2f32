"""The engine's stage with a status board beside it, as the loop will have it."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from capi.adapters.status_file import StatusFile
from capi.core.config import Config
from capi.engine.report import PassReport
from capi.engine.run_pass import Engine
from capi.engine.status import Process
from capi.engine.status_board import Part, StatusBoard
from capi.engine.told import RememberedAlerts
from tests.engine.stage import RECONCILE_MS, Stage, ToldAlerts
from tests.worlds import CONFIG


class ShownStage(Stage):
    """A stage whose passes show their status in `status.json` beside the journal."""

    def __init__(self, path: Path, *, config: Config = CONFIG, projection: Part = lambda: None) -> None:
        self.room = path
        self._projection = projection
        super().__init__(path, config=config)

    def begin(self) -> None:
        """Start an engine on the journal, with alerts that are remembered and a status that is shown."""
        super().begin()
        self.heard = ToldAlerts()
        remembered = RememberedAlerts(self.heard)
        self.engine = Engine(
            exchange=self.line,
            decisions=self.decisions,
            journal=self.journal,
            alerts=remembered,
            clock=self.exchange,
            config=self.config,
            reconcile_ms=RECONCILE_MS,
        )
        self.engine.start()
        process = Process(
            environment="paper",
            symbol="BTCUSDT",
            id_prefix="capi",
            version="0.1.0",
            pid=os.getpid(),
            started_at_ms=self.exchange.now_ms(),
            interval_seconds=Decimal(1),
        )
        self.board = StatusBoard(StatusFile(self.status_path), process, remembered, projection=self._projection)

    @property
    def status_path(self) -> Path:
        """Return where the status is."""
        return self.room / "status.json"

    @property
    def shown(self) -> Any:
        """Return the status as it stands in the file."""
        return json.loads(self.status_path.read_text())

    def run(self, passes: int = 1, *, price: str | int | None = None, step_ms: int = 1000) -> PassReport:
        """Run passes and show each."""
        report: PassReport | None = None
        for _ in range(passes):
            report = super().run(price=price, step_ms=step_ms)
            self.board.passed(report, self.ledger, 0.0123)
        assert report is not None
        return report

    def enter(self) -> PassReport:
        """Run until a long of 0.011 stands behind its stop, with both targets."""
        for price in (90850, 90850, 90850, 90850, 90799):
            self.run(price=price)
        return self.run(price=90900)
