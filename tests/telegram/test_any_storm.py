"""Whatever comes, in whatever order: nothing is lost uncounted, nothing recorded is reported twice, and it fits."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from capi.adapters.telegram.message import LENGTH_MAX, text_of
from capi.adapters.telegram.outbox import LEVELS, Message, Outbox, Told
from capi.core.alert_codes import NEWS
from capi.ports.alerts import Context
from tests.telegram.test_message import length
from tests.telegram.test_outbox import AT

CODES = ["missing_stop", "look_failed", "position_closed", "a_later_code"]
ABOUT = st.none() | st.sampled_from(["d1", "d2", "d3"])
ALERTS: st.SearchStrategy[tuple[Any, ...]] = st.tuples(
    st.sampled_from(LEVELS), st.sampled_from(CODES), st.text(max_size=300), ABOUT,
    st.none() | st.sampled_from(["capi_sl_d1", "capi_sl_d1_2", "capi_entry_d2", "odd"]), st.booleans(),
)  # fmt: skip
STEPS = st.lists(st.tuples(st.floats(0, 700), st.lists(ALERTS, max_size=6)), max_size=15)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from([0.0, 5.0, 600.0]))
def test_nothing_is_lost_and_nothing_is_reported_twice(steps: list[Any], digest_seconds: float) -> None:
    box = Outbox(digest_seconds, NEWS)
    now, number = 0.0, 0
    messages: list[Message] = []
    for pause, alerts in steps:
        now += pause
        for level, code, text, decision_id, order_id, is_recorded in alerts:
            number += 1
            context = Context(source="r", symbol="BTCUSDT", decision_id=decision_id, order_id=order_id,
                              recorded_at_ms=AT + number if is_recorded else None)  # fmt: skip
            box.take(Told(level=level, code=code, text=text, at_ms=AT + int(now * 1000), context=context), now)
        while box.due_in(now) == 0:
            message = box.next(now)
            assert message is not None
            messages.append(message)
        assert box.next(now) is None
    box.flush()
    while (message := box.next(now)) is not None:
        messages.append(message)
    groups = [group for message in messages for group in message.groups]
    assert sum(group.times for group in groups) == number
    records = [recorded for group in groups for recorded in group.records]
    assert len(records) == len(set(records)) == sum(one[-1] for _, alerts in steps for one in alerts)
    for message in messages:
        text = text_of(message)
        assert 0 < length(text) <= LENGTH_MAX
        text.encode()
