"""Whatever a run writes: neither key nor secret nor signature, and no signed address."""

import logging
import re
import traceback
from pathlib import Path
from typing import Final

import pytest

from capi.adapters.binance.client import Client
from capi.adapters.binance.clock import ExchangeClock
from capi.adapters.binance.connector import CredentialsError
from capi.adapters.binance.limits import Budget
from capi.cli.serve.security import Credentials
from tests.binance.live import live
from tests.binance.stand import access
from tests.serve.served import served

KEY: Final = "an-api-key-that-only-this-test-knows"
SECRET: Final = "a-secret-that-only-this-test-knows"
FAULTS: Final = ["lost", "unknown_503", "bad_gateway", "half_json", "no_json", "waf", "clock"]
SIGNED: Final = re.compile(r"signature=|timestamp=|[0-9a-f]{64}", re.IGNORECASE)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_run_with_failing_requests_writes_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "binance", "binance.api", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)  # as a careless configuration would
    with (
        served(price="76915.0", credentials=Credentials(key=KEY, secret=SECRET)) as venue,
        live(venue, tmp_path) as run,
    ):
        for kind in FAULTS:
            venue.fault("POST /fapi/v1/order", kind)
            venue.fault("GET /fapi/v1/open*Orders", kind, skip=2, times=2)
        run.decide()
        reports = run.passes(25, step_ms=1500)
        assert run.sent_ids("entry")
        assert any("the look failed" in gap for report in reports for gap in report.gaps)
        written = [
            run.path.read_text(),
            *(f"{record.name} {record.getMessage()} {record.exc_info}" for record in caplog.records),
            *(str(told) for told in run.alerts.told),
            repr(run.exchange),
            *(str(report.gaps) for report in reports),
        ]
    for text in written:
        assert KEY not in text
        assert SECRET not in text
        assert not SIGNED.search(text)


def test_an_access_shows_its_host_alone() -> None:
    shown = access(key=KEY, secret=SECRET)
    assert repr(shown) == "Access(base_url='https://exchange.invalid')"
    assert str(shown) == repr(shown)


def test_a_key_that_cannot_be_used_leaves_no_trace_in_its_traceback() -> None:
    with pytest.raises(CredentialsError) as caught:
        Client(access(secret=f"-----BEGIN PRIVATE KEY-----{SECRET}"), ExchangeClock(), Budget())
    assert SECRET not in "".join(traceback.format_exception(caught.value))
