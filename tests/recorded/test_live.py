"""Live runs are planned again as replays are: over the wire, dry, and by what the exchange told between two looks."""

import json
from pathlib import Path

import pytest

from capi.cli.serve.security import Credentials
from capi.core.units import ZERO
from capi.ports.streams import OrderTold, PositionTold
from tests.engine.stage import D, quote
from tests.live.stage import Acting, prepared
from tests.live.test_secrets import KEY, SECRET
from tests.recorded.stage import Recorded, all_same
from tests.recorded.test_incident import members
from tests.serve.served import served
from tests.worlds import ID

LOOPBACK = pytest.mark.allow_hosts(["127.0.0.1"])


@LOOPBACK
def test_a_run_over_the_wire_and_one_that_only_looks(tmp_path: Path) -> None:
    with served(credentials=Credentials(KEY, SECRET)) as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        assert user.capi("run", "--cycles", "2").exit_code == 0
        assert user.capi("run", "--once", "--dry-run").exit_code == 0
        recorded = len(user.events("pass"))
        live, dry = user.capi("replay"), user.capi("replay", "--run", "last")
        assert (live.exit_code, live.stdout) == (0, f"{recorded} passes planned again, all as recorded.\n")
        assert dry.exit_code == 0, dry.stdout
        assert "planned again, all as recorded." in dry.stdout

        (user.folder / "logs").mkdir(exist_ok=True)
        (user.folder / "logs" / "engine.log").write_text(f"x\n{KEY}\n")
        for run in ((), ("--run", "last")):
            bundle = tmp_path / f"{len(run)}.tar.gz"
            assert user.capi("incident", *run, "--out", str(bundle)).exit_code == 0
            again = user.capi("replay", "--bundle", str(bundle))
            assert (again.exit_code, again.stdout) == (0, (dry if run else live).stdout)
            found = members(bundle)
            assert run or found["engine.log"] == b"x\n[redacted]\n"
            assert run or json.loads(found["decision.json"])["decision_id"] == "d1"
            for content in found.values():
                assert KEY.encode() not in content
                assert SECRET.encode() not in content

        (user.room / "journal.jsonl").rename(user.room / "elsewhere.jsonl")
        gone = user.capi("replay", "--run", "last")
        assert gone.exit_code == 1
        assert "was begun beside" in gone.stderr
        assert "put that one back" in gone.stderr


def test_a_stop_that_an_event_called_for(tmp_path: Path) -> None:
    stage = Recorded(tmp_path)
    stage.live((90850, 90850, 90850, 90850))
    now = stage.exchange.now_ms()
    stage.exchange.advance(quote(90799, now + 400))  # the entry fills
    entry = stage.exchange.order(("plain", f"capi_entry_{ID}"))
    assert entry is not None
    assert entry.status == "FILLED"
    position = PositionTold(at_ms=now + 400, qty=D("0.011"), entry_price=D(90800))
    assert stage.engine.hear([OrderTold(at_ms=now + 400, order=entry), position])
    [heard] = stage.named("heard")
    assert [action["result"] for action in heard["actions"] if action.get("role") == "sl"] == ["ack"]
    assert {action["result"] for action in heard["actions"] if action.get("role") != "sl"} == {"held"}
    stage.live((90799, 90900, 89790, 89790, 89790, 89790, 89790))
    assert stage.exchange.account.qty == ZERO
    plans = stage.again()
    assert heard["seq"] in [again.seq for again in plans]
    assert all_same(plans)
