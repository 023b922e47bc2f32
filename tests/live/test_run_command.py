"""`capi run` in process, against a served exchange: what it does, what it says, and its exit status."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capi.adapters.instance_lock import instance_lock
from tests.live.stage import Acting, Setting, prepared, resting
from tests.serve.served import Served, served


def requests_of(venue: Served, method: str) -> list[str]:
    """Return the paths of the requests that would change something on the exchange."""
    told = venue.control("GET", "requests")["requests"]
    return [one["path"] for one in told if one["method"] == method]


def test_the_own_entry_is_taken_down_again_and_nothing_is_left(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.looks)
        user.decide_now()
        result = user.capi("run", "--cycles", "3")  # leverage and margin mode, read back, the entry
        assert result.exit_code == 0, result.stderr
        assert user.sent_ids("entry") == ["capi_entry_d2"]
        assert resting(venue) == {}
        assert "nothing of ours stays on the exchange" in result.stderr
        assert result.stdout == ""


def test_a_position_is_looked_after_and_said_to_stay(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.trade)
        result = user.capi("run", "--once")
        assert result.exit_code == 0, result.stderr
        assert "a position of 0.013, guard guarded" in result.stderr
        assert "capi_sl_d1, SELL STOP_MARKET all of it at 76000" in result.stderr
        assert "capi_tp1_d1, SELL LIMIT 0.006 at 78200" in result.stderr
        assert len(resting(venue)) == 3


def test_the_room_holds_journal_status_lock_and_database(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.decide()
        assert user.capi("run", "--once").exit_code == 0
        assert [event["event"] for event in user.events()][0:2] == ["journal_opened", "run_started"]
        assert user.events()[-1]["event"] == "run_ended"
        status = json.loads((user.room / "status.json").read_text())
        assert (status["environment"], status["ended"]) == ("testnet", "the passes are over")
        assert (user.room / "lock").read_text().strip().isdigit()
        assert status["projection"]["seq"] == user.events()[-1]["seq"]
        assert "not running: the passes are over" in user.capi("status").stdout


def test_a_dry_run_sends_nothing_and_leaves_the_ledger_alone(tmp_path: Path) -> None:
    with served() as venue:
        user = prepared(venue, tmp_path, Acting.looks)
        user.decide_now()
        before, asked = (user.room / "journal.jsonl").read_bytes(), venue.control("GET", "requests")["requests"]
        with instance_lock(user.room):  # as beside a running engine
            result = user.capi("run", "--cycles", "2", "--dry-run")
        assert result.exit_code == 0, result.stderr
        since = venue.control("GET", "requests")["requests"][len(asked) :]
        assert {one["method"] for one in since} == {"GET"}
        assert (user.room / "journal.jsonl").read_bytes() == before
        journal = user.folder / "data/runs/1/journal.jsonl"
        planned = [json.loads(line) for line in journal.read_text().splitlines()]
        held = [one for event in planned if event["event"] == "pass" for one in event["actions"]]
        assert {one["action"] for one in held if one["result"] == "held"} == {"set_leverage", "set_margin_mode"}
        assert result.stderr.count("set_leverage 3: held (nothing is sent in this run)") == 1
        assert "the dry run has ended" in user.capi("status", "--run", "last").stdout


# refusals


def refused(user: Setting, status: int, *said: str, arguments: tuple[str, ...] = (), **variables: str | None) -> None:
    """Check that a run ends with this status and one sentence, before anything was sent."""
    result = user.capi("run", "--once", *arguments, **variables)
    assert result.exit_code == status, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    for words in said:
        assert words in result.stderr
    assert requests_of(user.venue, "POST") == []


def test_mainnet_wants_live(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path, {"exchange": {"environment": "mainnet"}})
        refused(user, 4, 'exchange.environment is "mainnet"', "--live")
        assert user.capi("run", "--once", "--live").exit_code == 0
        assert user.capi("run", "--once", "--dry-run").exit_code == 0
        assert (tmp_path / "data/mainnet/BTCUSDT/journal.jsonl").exists()


def test_missing_keys_are_a_matter_of_configuration(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        refused(user, 2, "CAPI_EXCHANGE__API_SECRET not set", CAPI_EXCHANGE__API_SECRET=None)
        refused(
            user, 2, "CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET not set",
            CAPI_EXCHANGE__API_SECRET=None, CAPI_EXCHANGE__API_KEY=None,
        )  # fmt: skip


def test_wrong_keys_are_a_matter_of_configuration(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        refused(user, 2, "code -1022", "CAPI_EXCHANGE__API_KEY", CAPI_EXCHANGE__API_SECRET="another")
        refused(user, 2, "code -2015", "CAPI_EXCHANGE__API_KEY", CAPI_EXCHANGE__API_KEY="another")
        refused(user, 2, "private key that cannot be read", CAPI_EXCHANGE__API_SECRET="-----BEGIN")


def test_a_symbol_that_is_not_there(tmp_path: Path) -> None:
    with served() as venue:
        refused(Setting(venue, tmp_path), 2, "does not know ABCUSDT", "correct symbol", CAPI_SYMBOL="ABCUSDT")


def test_no_network(tmp_path: Path) -> None:
    with served() as venue:
        refused(Setting(venue, tmp_path), 1, "no connection", CAPI_EXCHANGE__REST_URL="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("throttle", "takes no requests until"), ("bad_gateway", "HTTP 502"), ("no_json", "cannot be read")],
)
def test_an_exchange_that_does_not_answer_as_it_should(tmp_path: Path, kind: str, said: str) -> None:
    with served() as venue:
        venue.fault("GET *", kind, times=100)
        refused(Setting(venue, tmp_path), 1, said)


@pytest.mark.parametrize(("mode", "said"), [("hedge", "hedge mode"), ("multi_assets", "multi-assets mode")])
def test_account_modes_in_which_orders_mean_something_else(tmp_path: Path, mode: str, said: str) -> None:
    with served() as venue:
        venue.control("POST", "account", **{mode: True})
        result = Setting(venue, tmp_path).capi("run", "--once")
        assert (result.exit_code, len(result.stderr.splitlines())) == (4, 1)
        assert said in result.stderr
        assert "switch it to" in result.stderr


def test_a_dry_run_that_cannot_start_leaves_no_folder(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        assert user.capi("run", "--once", "--dry-run", CAPI_EXCHANGE__API_SECRET="another").exit_code == 2
        assert not (tmp_path / "data").exists()


def test_a_second_engine_is_told_whose_pid_the_first_has(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.room.mkdir(parents=True)
        with instance_lock(user.room):
            refused(user, 4, f"process {os.getpid()} holds")
            assert user.capi("reconcile").exit_code == 4
        assert user.capi("run", "--once").exit_code == 0


def test_once_and_cycles_exclude_each_other(tmp_path: Path) -> None:
    with served() as venue:
        refused(Setting(venue, tmp_path), 2, "--once is --cycles 1", arguments=("--cycles", "2"))


# the journal


def test_a_torn_tail_is_told_and_taken_off(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.capi("run", "--once")
        with (user.room / "journal.jsonl").open("a") as file:
            file.write('{"seq": 99, "eve')
        result = user.capi("run", "--once")
        assert result.exit_code == 0
        assert "WARNING torn_tail" in result.stderr
        assert user.events()[-1]["event"] == "run_ended"


def test_a_journal_that_is_none_is_left_as_it_is(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.room.mkdir(parents=True)
        journal = user.room / "journal.jsonl"
        journal.write_text("no journal\n")
        refused(user, 1, "journal.jsonl", "move the file away")
        assert journal.read_text() == "no journal\n"
        assert user.capi("snapshot").exit_code == 1


def test_a_state_folder_that_cannot_be(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        refused(user, 1, "cannot be made", CAPI_STATE_DIR=str(tmp_path / "capi.toml"))
        result = user.capi("run", "--once", "--dry-run", CAPI_STATE_DIR=str(tmp_path / "capi.toml"))
        assert result.exit_code == 1


def test_a_decision_id_that_comes_back_after_a_restart_is_another_decision(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.decide(at_ms=int(datetime.now(UTC).timestamp() * 1000) - 5000)
        user.capi("run", "--once")
        user.decide()
        user.capi("run", "--once")
        first, second = (event["decision_id"] for event in user.events("decision"))
        assert first == "d1"
        assert second != "d1"


def test_safe_mode_is_an_exit_status_of_its_own(tmp_path: Path) -> None:
    with served() as venue:
        user = Setting(venue, tmp_path)
        user.capi("run", "--once")
        seq = user.events()[-1]["seq"]
        event = {"seq": seq + 1, "event": "safe_mode", "at_ms": user.events()[-1]["at_ms"], "reason": "a test"}
        with (user.room / "journal.jsonl").open("a") as file:
            file.write(json.dumps(event) + "\n")
        result = user.capi("run", "--once")
        assert result.exit_code == 3
        assert "ended in safe mode: a test" in result.stderr
