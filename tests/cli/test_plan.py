"""`capi plan`: the documents it prints, the configuration it takes, and the sentences it ends with."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capi.cli.main import app
from capi.core.gates import GATES
from capi.core.plan import RULES
from tests.adapters.decision_examples import LONG, SHORT, written
from tests.adapters.snapshot_examples import INTENT, ORDER, SNAPSHOT, TRADE, changed, put
from tests.cli.run import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CAPI_")]:
        monkeypatch.delenv(name)
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", *arguments])
    return result.exit_code, result.stdout, result.stderr


def planned(snapshot: object, *arguments: str) -> Any:
    put(Path("s.json"), snapshot)
    status, output, errors = invoke("--snapshot", "s.json", "--json", *arguments)
    assert (status, errors) == (0, "")
    return json.loads(output)


def refusals(document: Any) -> dict[str, str]:
    return {action["rule"]: action["reason"] for action in document["actions"] if action["action"] == "refuse"}


def test_the_document_of_the_contract() -> None:
    document = planned(SNAPSHOT)
    assert (document["state"], document["guard"]) == ("NO_POSITION", "none")
    (entry,) = document["actions"]
    assert entry["action"] == "place_order"
    assert entry["client_order_id"] == "capi_entry_20251128T100500Z"
    assert (entry["price"], entry["quantity"]) == ("90800.0", "0.011")
    assert (entry["sl"], entry["tp1"], entry["tp2"]) == ("89800.0", "92200.0", "93500.0")


def test_explain_adds_what_every_gate_and_rule_made_of_it() -> None:
    document = planned(SNAPSHOT, "--explain")
    outcomes = {(one["kind"], one["name"]): one["outcome"] for one in document["explain"]}
    assert outcomes.keys() == {("gate", gate.name) for gate in GATES} | {("rule", rule.__name__) for rule in RULES}
    assert outcomes["gate", "stale"] == "held"
    assert outcomes["rule", "enter_position"] == "acted"
    assert outcomes["rule", "protect_position"] == "silent"


def test_people_get_a_table_with_rule_and_reason() -> None:
    put(Path("s.json"), SNAPSHOT)
    status, output, errors = invoke("--snapshot", "s.json")
    lines = output.splitlines()
    assert (status, errors) == (0, "")
    assert lines[0] == "state NO_POSITION  guard none"
    assert lines[2].split() == ["action", "id", "side", "type", "qty", "price", "rule", "reason"]
    assert lines[3].split()[:7] == [
        *("place_order", "capi_entry_20251128T100500Z", "BUY", "LIMIT", "0.011", "90800.0", "enter_position"),
    ]


def test_nothing_to_do_is_said() -> None:
    entry = {
        "client_order_id": INTENT["client_order_id"],
        "kind": "plain",
        "side": "BUY",
        "type": "LIMIT",
        "status": "NEW",
        "price": "90800.0",
        "quantity": "0.011",
        "created_at": SNAPSHOT["now"],
    }
    put(
        Path("s.json"),
        changed(account__intents=[INTENT], account__dead_man_until="2025-11-28T10:07:00Z", orders=[entry]),
    )
    assert invoke("--snapshot", "s.json") == (0, "state NO_POSITION  guard none\nnothing to do\n", "")


def test_a_planned_stop_can_be_told_as_an_order_with_its_nulls() -> None:
    position = {"qty": "0.010", "entry_price": "90800.0", "since": "2025-11-28T10:05:31Z"}
    held = changed(account__position=position, account__trade=TRADE)
    (stop,) = [action for action in planned(held)["actions"] if action.get("role") == "sl"]
    assert stop["quantity"] is None
    order = {key: stop[key] for key in ORDER if key in stop}
    held["orders"] = [order | {"status": "NEW", "filled_qty": None, "created_at": SNAPSHOT["now"]}]
    document = planned(held)
    assert document["guard"] == "guarded"
    assert not [action for action in document["actions"] if action.get("role") == "sl"]


def test_an_empty_snapshot_is_told_what_to_do() -> None:
    Path("s.json").write_bytes(b" \n")
    assert invoke("--snapshot", "s.json") == (2, "", "capi: s.json: is empty; name a snapshot file\n")


def test_explain_for_people() -> None:
    put(Path("s.json"), SNAPSHOT)
    _, output, _ = invoke("--snapshot", "s.json", "--explain")
    assert "rule  protect_position      silent   nothing to do" in output


def test_a_decision_file_takes_the_place_of_the_snapshots_decision() -> None:
    Path("d.json").write_bytes(written(SHORT))
    (entry,) = planned(changed(decision=None), "--decision", "d.json")["actions"]
    assert entry["side"] == "SELL"


def test_an_invalid_decision_is_planned_with_as_unusable() -> None:
    Path("d.json").write_bytes(written(LONG, sl=None))
    assert refusals(planned(SNAPSHOT, "--decision", "d.json"))["unusable"] == "sl: missing; a long needs it"
    assert "symbol" in refusals(planned(changed(decision={**LONG, "symbol": "ETHUSDT"})))["unusable"]
    assert "stops in the middle" in refusals(planned(changed(decision='{"action": "lo')))["unusable"]


def test_the_snapshots_configuration_is_above_environment_and_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def prefix(snapshot: object, *arguments: str) -> str:
        identity: str = planned(snapshot, *arguments)["actions"][0]["client_order_id"]
        return identity.partition("_")[0]

    bare = changed(config={})
    assert prefix(bare) == "capi"
    Path("capi.toml").write_text('id_prefix = "file"\n')
    assert prefix(bare) == "file"
    Path("other.toml").write_text('id_prefix = "other"\n')
    assert prefix(bare, "--config", "other.toml") == "other"
    monkeypatch.setenv("CAPI_ID_PREFIX", "env")
    assert prefix(bare) == "env"
    assert prefix(changed(config={"id_prefix": "snap"})) == "snap"


def test_the_snapshots_instrument_is_the_symbol() -> None:
    snapshot = changed(account__instrument__symbol="ETHUSDT", decision={**LONG, "symbol": "ETHUSDT"})
    assert refusals(planned(snapshot)) == {}
    snapshot["config"] = {"symbol": "BTCUSDT"}
    put(Path("s.json"), snapshot)
    status, _, errors = invoke("--snapshot", "s.json")
    assert status == 2
    assert 'config.symbol: "BTCUSDT" is not account.instrument.symbol "ETHUSDT"' in errors


@pytest.mark.parametrize(
    ("snapshot", "says"),
    [
        (changed(account__market__ask=...), "capi: s.json: account.market.ask: missing; write it\n"),
        (changed(config={"chase": {"threshold": 0.2}}), "chase.threshold"),
        (changed(config={"chase": {"treshold": "0.2%"}}), "threshold"),
        (changed(config={"symbol": 5}), 'config.symbol: 5 is not account.instrument.symbol "BTCUSDT"'),
        (changed(account__instrument__symbol="btc usdt"), "symbol"),
    ],
)
def test_a_wrong_snapshot_ends_with_status_2_and_a_sentence(snapshot: object, says: str) -> None:
    put(Path("s.json"), snapshot)
    status, output, errors = invoke("--snapshot", "s.json", "--json")
    assert (status, output) == (2, "")
    assert says in errors


@pytest.mark.parametrize("option", ["--snapshot", "--decision", "--config"])
@pytest.mark.parametrize(
    "content",
    [None, ..., b"", b"\x7fELF\x00\x00", b" " * (9 << 20)],
    ids=["missing", "folder", "empty", "binary", "huge"],
)
def test_a_wrong_path_ends_with_status_2_and_one_line(option: str, content: Any) -> None:
    put(Path("s.json"), SNAPSHOT)
    wrong = Path("wrong")
    if content is ...:
        wrong.mkdir()
    elif content is not None:
        wrong.write_bytes(content)
    others = [] if option == "--snapshot" else ["--snapshot", "s.json"]
    status, output, errors = invoke(*others, option, "wrong")
    if option == "--config" and content == b"":  # an empty capi.toml is a good one: the defaults
        assert status == 0
        return
    assert (status, output) == (2, "")
    assert errors.startswith("capi: wrong")
    assert errors.count("\n") == 1


def test_a_huge_file_is_not_read_whole() -> None:
    with Path("huge").open("wb") as file:
        file.truncate(1 << 40)
    put(Path("s.json"), SNAPSHOT)
    for option in (["--snapshot", "huge"], ["--snapshot", "s.json", "--decision", "huge"]):
        status, _, errors = invoke(*option)
        assert status == 2
        assert "longer than" in errors


def test_a_real_process_keeps_its_streams_apart(folder: Path) -> None:
    path = put(folder / "s.json", changed(decision={**LONG, "reason": "\x1b[2J[red]x"}))
    result = run(["plan", "--snapshot", path, "--json"], folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["state"] == "NO_POSITION"
    result = run(["plan", "--snapshot", folder], folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"capi: {folder}: is a directory; name a file in it\n"
