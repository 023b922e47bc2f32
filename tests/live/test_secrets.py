"""Whatever a run writes, wherever it writes it: neither key nor secret nor any signature that was sent."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from capi.adapters.binance.connector import Connector
from capi.cli.serve.security import Credentials
from capi.engine import loop
from tests.live.stage import Acting, Setting, acting, prepared
from tests.serve.served import served

KEY: Final = "anApiKeyAsLongAsTheExchangesOwnThatOnlyThisTestKnows0123456789ab"
SECRET: Final = "aSecretAsLongAsTheExchangesOwnThatOnlyThisTestKnows0123456789abc"
PART: Final = 16
FAULTS: Final = ("lost", "unknown_503", "bad_gateway", "half_json", "no_json", "waf", "clock", "refuse")


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return every signature that is made from now on."""
    made: set[str] = set()
    sign = Connector._get_sign

    def noted(self: Connector, payload: str) -> str:
        signature: str = sign(self, payload)
        made.add(signature)
        return signature

    monkeypatch.setattr(Connector, "_get_sign", noted)
    return made


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield whatever was written: journals, databases, status, locks, configuration."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def _parts(secret: str) -> Iterator[bytes]:
    """Yield the pieces of a secret that already say too much of it."""
    return (secret[start : start + PART].encode() for start in range(0, len(secret) - PART + 1, PART // 2))


def check(written: dict[str, bytes], signatures: set[str]) -> None:
    """Check that nothing of what was written holds what opens the account."""
    assert signatures
    for place, content in written.items():
        for secret in (KEY, SECRET, *signatures):
            assert not any(part in content for part in _parts(secret)), f"{place} holds what is secret"


def test_a_run_with_failing_requests_and_all_its_files(
    tmp_path: Path, signatures: set[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SETTLE_SECONDS_MAX", 1.0)
    for name in ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "binance", "binance.api"):
        caplog.set_level(logging.DEBUG, logger=name)  # as a careless configuration would have it
    with served(credentials=Credentials(KEY, SECRET)) as venue:
        user = prepared(venue, tmp_path, Acting.entry)
        for kind in FAULTS:
            venue.fault("DELETE /fapi/v1/order", kind)
            venue.fault("GET /fapi/v1/open*", kind, skip=3, times=2)
        venue.fault("POST *", "refuse", code=-2015, times=2)
        results = [
            user.capi("run", "--cycles", "3"),
            user.capi("run", "--once", "--dry-run"),
            user.capi("reconcile", "--json"),
            user.capi("snapshot", "--out", str(user.folder / "now.json")),
            user.capi("status", "--json"),
            user.capi("logs"),
            user.capi("config", "show", "--origin"),
        ]
        written = {f"output {number}": one.output.encode() for number, one in enumerate(results)}
        written |= {"log": "\n".join(f"{one.getMessage()} {one.exc_info}" for one in caplog.records).encode()}
        check(written | dict(files_under(tmp_path)), signatures)
    assert {path.name for path in user.room.iterdir()} >= {"journal.jsonl", "status.json", "capi.duckdb", "lock"}


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked, as proxies and debugging pages do."""

    status = 400
    form = "page"

    def do_GET(self) -> None:
        """Tell the time, and echo all else."""
        if self.path.startswith("/fapi/v1/time"):
            self._answer(200, json.dumps({"serverTime": 1_764_324_000_000}))
        else:
            self._answer(self.status, self._echo())

    def _echo(self) -> str:
        query = dict(parse_qsl(urlsplit(self.path).query))
        asked = {"headers": dict(self.headers), "query": query, "path": self.path}
        forms: dict[str, Any] = {
            "page": f"<html>{self.path}\n{self.headers}</html>",
            "headers first": f"{self.headers}{self.path}",
            "signature first": f"{query.get('signature')} {self.path}",
            "message": json.dumps({"code": -1102, "msg": f"{query} {self.headers}"}),
            "document": json.dumps(asked),
            "list": json.dumps([query.get("signature"), self.headers.get("X-MBX-APIKEY")]),
        }
        told: str = forms[self.form]
        return told

    def _answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def echoing(status: int, form: str) -> Iterator[str]:
    """Serve echoes and yield the address."""
    handler = type("Echo", (Echo,), {"status": status, "form": form})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize("status", [200, 400, 401, 503])
@pytest.mark.parametrize("form", ["page", "headers first", "signature first", "message", "document", "list"])
def test_an_answer_that_echoes_what_was_asked(tmp_path: Path, signatures: set[str], status: int, form: str) -> None:
    with served(credentials=Credentials(KEY, SECRET)) as venue, echoing(status, form) as url:
        result = Setting(venue, tmp_path).capi("run", "--once", CAPI_EXCHANGE__REST_URL=url)
        assert result.exit_code in (1, 2), result.stderr
        check({"output": result.output.encode()} | dict(files_under(tmp_path)), signatures)


def test_nothing_that_holds_a_secret_shows_it(tmp_path: Path) -> None:
    with served(credentials=Credentials(KEY, SECRET)) as venue, acting(venue, tmp_path) as run:
        for thing in (run.setting.settings, run.exchange, run.engine, run.setting.settings.exchange):
            assert KEY not in f"{thing!r} {thing}"
            assert SECRET not in f"{thing!r} {thing}"
