"""A user's folder with a replay in it, and `capi` called there."""

import json
import os
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from capi.cli.main import app
from tests.recorded.stage import UP_AND_BACK, Recorded


class User:
    """Calls `capi` with a folder's configuration. Run 1 is the example's trade."""

    def __init__(self, folder: Path, *, path: tuple[int, ...] = UP_AND_BACK) -> None:
        self.folder = folder
        self.room = folder / "data" / "runs" / "1"
        self.room.mkdir(parents=True)
        (folder / "capi.toml").write_text("")
        self.stage = Recorded(self.room)
        self.stage.live(path)
        self.stage.journal.flush()

    @property
    def journal(self) -> Path:
        """Return the journal of run 1."""
        return self.room / "journal.jsonl"

    def rewrite(self, old: str, new: str) -> None:
        """Change the journal's text."""
        text = self.journal.read_text()
        assert old in text
        self.journal.write_text(text.replace(old, new))

    def forget_views(self) -> None:
        """Leave the journal as a version wrote it that did not yet record what plans were made on."""
        events = [json.loads(line) for line in self.journal.read_text().splitlines()]
        for event in events:
            event.pop("rounds", None)
            event.pop("config", None)
        self.journal.write_text("".join(json.dumps(event) + "\n" for event in events))

    def capi(self, *arguments: str, **variables: str) -> Result:
        """Call `capi` in this process."""
        known: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CAPI_")}
        config = ("--config", str(self.folder / "capi.toml"))
        result = CliRunner().invoke(app, [*arguments, *config], env={**known, **variables})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *arguments: str) -> Any:
        """Return the JSON document that a command prints."""
        return json.loads(self.capi(*arguments, "--json").stdout)
