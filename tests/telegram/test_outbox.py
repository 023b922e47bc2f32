"""What is told when: the gravest at once, the same once, the lesser together, and a storm in a few messages."""

from typing import Any

from capi.adapters.telegram.outbox import GROUPS_MAX, Message, Outbox, Told
from capi.core.alert_codes import NEWS
from capi.ports.alerts import Context

AT = 1_764_324_300_000


def told(code: str = "missing_stop", level: Any = "CRITICAL", at: float = 0.0, **about: Any) -> Told:
    """An alert, so many seconds after the first."""
    context = Context(source="a_rule", symbol="BTCUSDT", **{"decision_id": "d1", **about})
    return Told(level=level, code=code, text=f"what {code} is", at_ms=AT + int(at * 1000), context=context)


def outbox(digest_seconds: float = 600.0) -> Outbox:
    """An empty one."""
    return Outbox(digest_seconds, NEWS)


def shown(message: Message | None) -> tuple[str, list[tuple[str, int]]] | None:
    """A message's kind, and what is in it how often."""
    if message is None:
        return None
    return message.kind, [(group.last.code, group.times) for group in message.groups]


def test_a_critical_alert_is_due_at_once_and_nothing_else_is() -> None:
    box = outbox()
    assert (box.next(0), box.due_in(0)) == (None, None)
    box.take(told(), 5)
    assert box.due_in(5) == 0
    assert shown(box.next(5)) == ("single", [("missing_stop", 1)])
    assert (box.next(5), box.due_in(5)) == (None, None)


def test_what_goes_on_is_said_again_with_how_often_and_ever_more_seldom() -> None:
    box = outbox()
    said: list[tuple[int, str, int]] = []
    for second in range(2000):
        box.take(told(at=second), second)
        if (message := box.next(second)) is not None:
            said.append((second, message.kind, message.groups[0].times))
    assert said == [(0, "single", 1), (60, "repeat", 60), (180, "repeat", 120), (420, "repeat", 240),
                    (900, "repeat", 480), (1500, "repeat", 600)]  # fmt: skip


def test_after_a_quiet_time_it_is_news_again() -> None:
    box = outbox()
    box.take(told(), 0)
    box.next(0)
    box.take(told(at=100), 100)
    assert shown(box.next(100)) == ("single", [("missing_stop", 1)])
    box.take(told(at=159), 159)
    assert box.next(159) is None
    assert box.due_in(159) == 1
    assert shown(box.next(160)) == ("repeat", [("missing_stop", 1)])


def test_another_level_decision_or_role_is_another_event_and_another_generation_is_not() -> None:
    box = outbox()
    box.take(told("order_refused", order_id="capi_sl_d1"), 0)
    assert shown(box.next(0)) == ("single", [("order_refused", 1)])
    box.take(told("order_refused", order_id="capi_sl_d1_2"), 1)
    assert box.next(1) is None
    for other in (
        told("order_refused", order_id="capi_exit_d1"),
        told("order_refused", order_id="capi_sl_d2", decision_id="d2"),
        told("other_code", order_id="capi_sl_d1"),
    ):
        box.take(other, 1)
        assert shown(box.next(1)) == ("single", [(other.code, 1)])


def test_lesser_ones_wait_for_each_other_and_share_a_message() -> None:
    box = outbox(600)
    box.take(told("look_failed", "ERROR"), 0)
    box.take(told("tighten_skipped", "WARNING"), 3)
    box.take(told("look_failed", "ERROR", at=4), 4)
    assert (box.next(9.9), box.due_in(9)) == (None, 1)
    message = box.next(10)
    assert shown(message) == ("digest", [("look_failed", 2), ("tighten_skipped", 1)])
    assert message is not None
    assert message.level == "ERROR"
    box.take(told("look_failed", "ERROR", at=20), 20)
    assert (box.next(609), box.due_in(609)) == (None, 1)
    assert shown(box.next(610)) == ("single", [("look_failed", 1)])


def test_without_a_digest_time_nothing_waits() -> None:
    box = outbox(0)
    for second in (0, 1):
        box.take(told("look_failed", "ERROR"), second)
        assert shown(box.next(second)) == ("single", [("look_failed", 1)])


def test_news_are_told_at_once_at_any_level() -> None:
    for code in sorted(NEWS):
        box = outbox()
        box.take(told(code, "INFO"), 0)
        assert shown(box.next(0)) == ("single", [(code, 1)])


def test_the_gravest_goes_before_a_digest_that_is_due() -> None:
    box = outbox(0)
    box.take(told("look_failed", "ERROR"), 0)
    box.take(told(), 0)
    assert [shown(box.next(0)), shown(box.next(0))] == [
        ("single", [("missing_stop", 1)]),
        ("single", [("look_failed", 1)]),
    ]


def test_more_than_three_urgent_ones_share_a_message() -> None:
    box = outbox()
    for number in range(4):
        box.take(told(decision_id=f"d{number}"), 0)
    assert shown(box.next(0)) == ("digest", [("missing_stop", 1)] * 4)
    assert box.next(0) is None


def test_alert_storm_of_different_events_is_kept_in_a_bounded_room() -> None:
    box = outbox()
    for number in range(10_000):
        box.take(told("a_code", "CRITICAL" if number % 2 else "ERROR", decision_id=f"d{number}"), 0)
    messages = [message for _ in range(5) if (message := box.next(100)) is not None]
    assert len(messages) == 2
    assert sum(len(message.groups) for message in messages) <= 2 * (GROUPS_MAX + 1)
    assert sum(group.times for message in messages for group in message.groups) == 10_000


def test_room_is_made_by_what_is_over() -> None:
    box = outbox()
    for number in range(3 * GROUPS_MAX):
        box.take(told(decision_id=f"d{number}"), number * 100)
        assert shown(box.next(number * 100)) == ("single", [("missing_stop", 1)])


def test_at_the_end_whatever_waits_is_due() -> None:
    box = outbox()
    box.take(told(), 0)
    box.next(0)
    box.take(told(), 1)
    box.take(told("look_failed", "ERROR"), 1)
    box.flush()
    assert box.due_in(1) == 0
    assert [shown(box.next(1)) for _ in range(3)] == [
        ("repeat", [("missing_stop", 1)]),
        ("single", [("look_failed", 1)]),
        None,
    ]


def test_each_recorded_alert_is_reported_once() -> None:
    box = outbox()
    reported: list[int] = []
    for second in range(0, 400, 10):
        box.take(told(at=second, recorded_at_ms=AT + second // 60 * 60_000), second)
        if (message := box.next(second)) is not None:
            reported += message.groups[0].records
    box.flush()
    while (message := box.next(400)) is not None:
        reported += message.groups[0].records
    assert reported == [AT + minute * 60_000 for minute in range(7)]
