"""`capi replay` as a user meets it: what it says, with which status, of a good past and of all kinds of bad ones."""

import json
from pathlib import Path

import pytest

from capi.core.actions import PlaceOrder
from tests.recorded.user import User
from tests.worlds import ID

LAST = ("replay", "--run", "last")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def test_a_past_that_comes_out_as_recorded(user: User) -> None:
    before = user.journal.read_bytes()
    result = user.capi(*LAST)
    count = len(user.stage.named("pass"))
    assert (result.exit_code, result.stdout) == (0, f"{count} passes planned again, all as recorded.\n")
    assert user.capi("replay", "--run", str(user.room)).exit_code == 0
    document = user.json(*LAST)
    assert (document["schema"], document["passes"], document["same"]) == ("capi.replay/1", count, count)
    assert (document["differences"], document["not_plannable"]) == ([], [])
    assert user.journal.read_bytes() == before


def test_a_difference_is_shown_and_ends_with_status_1(user: User) -> None:
    user.rewrite('"trigger_price":"89800.0","trigger_by":"mark"', '"trigger_price":"89790.0","trigger_by":"mark"')
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert "trigger_price 89790.0 -> 89800.0" in result.stdout
    assert "passes planned again, 1 of them otherwise." in result.stdout
    assert "another version" not in result.stdout
    [one] = user.json(*LAST)["differences"]
    assert one["differences"] == [f"~ place_order capi_sl_{ID} by protect_position: trigger_price 89790.0 -> 89800.0"]
    assert one["recorded"][0]["trigger_price"] == "89790.0"
    assert one["planned"][0]["trigger_price"] == "89800.0"


def test_a_past_of_another_version_is_said_to_be_one(user: User) -> None:
    user.rewrite('"version":"0.1.0","symbol"', '"version":"0.0.9","symbol"')
    assert user.capi(*LAST).exit_code == 0
    user.rewrite("long 0.011 has no backstop", "long 0.011 lacks its backstop")
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert "recorded by capi 0.0.9, planned again by 0.1.0: another version may plan otherwise" in result.stdout


def test_a_bug_of_today_is_found_in_the_past(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command is for: a changed rule shows in every pass that it would have made another."""
    from capi.core import plan

    def forgets_targets(situation: object) -> list[PlaceOrder]:
        return []

    rules = tuple(forgets_targets if rule.__name__ == "take_profit" else rule for rule in plan.RULES)
    monkeypatch.setattr(plan, "RULES", rules)
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert f"- place_order capi_tp1_{ID} by take_profit" in result.stdout


def test_a_past_before_views_were_recorded(user: User) -> None:
    user.forget_views()
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert "cannot be planned again" in result.stdout
    assert "did not record what its plans were made on; --from or --to leave them out" in result.stdout
    assert user.json(*LAST)["not_plannable"][0]["passes"] == len(user.stage.named("pass"))


def test_spans_and_trades(user: User) -> None:
    passes = user.stage.named("pass")
    middle = passes[3]["at_ms"]
    first = user.json(*LAST, "--to", "2025-11-28T10:05:53Z")
    rest = user.json(*LAST, "--from", "2025-11-28T10:05:53.001Z")
    assert first["passes"] + rest["passes"] == len(passes)
    assert first["passes"] > 0 < rest["passes"], middle
    assert user.json(*LAST, "--from", "1s")["passes"] < user.json(*LAST, "--from", "1h")["passes"] == len(passes)
    assert user.json(*LAST, "--trade", ID)["passes"] == len(passes)
    assert user.capi(*LAST, "--trade", "nobody").stdout == "No pass was recorded that concerned nobody.\n"
    assert user.capi(*LAST, "--from", "2030-01-01T00:00:00Z").stdout == "No pass was recorded in that time.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "yesterday"), '--from: "yesterday" is not an ISO 8601 time'),
        (("--from", "1s", "--to", "1h"), "--to lies before --from"),
        (("--bundle", "b.tar.gz"), "--bundle excludes --run"),
    ],
)
def test_options_that_make_no_sense(user: User, arguments: tuple[str, ...], said: str) -> None:
    result = user.capi(*LAST, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    "event",
    [
        {"event": "pass"},
        {"event": "pass", "actions": [{}], "rounds": []},
        {"event": "pass", "actions": [], "rounds": [{"back": 1, "actions": "x", "seen": {}}], "failure": None},
        {"event": "fill", "trade_id": "7"},
        {"event": "run_started"},
        {"event": "decision", "usable": True, "decision_id": "d"},
        {"event": "position", "qty": "much"},
    ],
)
def test_an_event_that_is_not_one_of_ours_is_one_sentence(user: User, event: dict[str, object]) -> None:
    seq = len(user.journal.read_text().splitlines()) + 1
    with user.journal.open("a") as file:
        file.write(json.dumps({"seq": seq, "at_ms": 1764324390000, **event}) + "\n")
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert f"event {seq} ({event['event']}) is not as capi 0.1.0 writes it" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_broken_journal_is_one_sentence(user: User) -> None:
    user.rewrite('{"seq":9,', '{"seq":9;')
    result = user.capi(*LAST)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{user.journal}:9 " in result.stderr
    user.journal.write_text("")
    result = user.capi(*LAST)
    assert result.exit_code == 1
    assert "nothing was recorded yet" in result.stderr
    assert user.capi("replay").exit_code == 1
