"""`capi doctor --json` in a user's folder, and what it says.

A served book that stands still speaks once a second, so only who asks for streams gets them: the others find none.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live.stage import Setting
from tests.serve.served import Served


@dataclass(frozen=True, slots=True)
class Told:
    """The document of one call, and its exit status."""

    status: int
    document: dict[str, Any]
    text: str

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Return one check."""
        found: dict[str, Any] = next(check for check in self.document["checks"] if check["name"] == name)
        return found

    def of(self, *statuses: str) -> dict[str, str]:
        """Return the checks of some colours: what each found."""
        return {one["name"]: one["found"] for one in self.document["checks"] if one["status"] in statuses}


STREAMS = {"book_stream", "mark_stream", "user_stream"}
NOWHERE = "ws://127.0.0.1:1"


def user(venue: Served, folder: Path, stream_url: str = NOWHERE, **tables: Any) -> Setting:
    """Return a folder in which all is well, but for the streams: a configuration, and a decision made now."""
    exchange = {"stream_url": stream_url, "recv_window_ms": 5000}  # a machine that is busy is no long way
    setting = Setting(venue, folder / "user", {**tables, "exchange": exchange})
    setting.decide()
    return setting


def doctor(setting: Setting, *flags: str, **variables: str | None) -> Told:
    """Call it. Every check that is not green says what to do, and no secret is shown."""
    result = setting.capi("doctor", "--json", *flags, **variables)
    document = json.loads(result.stdout)
    assert set(document) == {"schema", "ok", "checks"}
    assert document["schema"] == "capi.doctor/1"
    for check in document["checks"]:
        assert set(check) == {"name", "status", "found", "cure"}
        assert (check["cure"] is None) == (check["status"] == "green"), check
    assert document["ok"] == all(check["status"] != "red" for check in document["checks"])
    return Told(result.exit_code, document, result.output)
