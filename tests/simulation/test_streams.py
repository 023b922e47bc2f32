"""The exchange's own word in the simulation: told soon, or late, twice, or not at all; a silence is noticed."""

from decimal import Decimal
from random import Random
from typing import Any

from capi.cli.simulation.stream import SimulatedStreams
from capi.ports.streams import Disturbed, OrderTold, PositionTold, StreamEvent
from tests.simulation.stage import Stage, entry, stop

ALL = frozenset({"event_lost", "event_late", "event_twice", "stream_silent"})


EXPIRES = 3
"""A seed by which the key expires within a minute."""


def heard(
    badness: float, muted: frozenset[str] = frozenset(), orders: int = 1, key_seed: int = 2
) -> tuple[list[StreamEvent], list[str]]:
    """Return the events of an entry and some stops, and what went wrong with them."""
    stage, kinds = Stage(), list[str]()
    streams = SimulatedStreams(
        stage.world,
        Random(3),
        badness=badness,
        until_ms=stage.world.now_ms + 60_000,
        muted=muted,
        told=lambda kind, _: kinds.append(kind),
        key_dice=Random(key_seed),
    )
    stage.exchange.act(entry())
    for number in range(1, orders + 1):
        stage.world.pass_time(500)
        by_quantity: dict[str, Any] = {"close_position": False, "reduce_only": True, "quantity": Decimal("0.010")}
        stage.exchange.act(stop(f"capi_sl_x_{number}", **by_quantity))
    assert streams.has_news or kinds
    stage.world.pass_time(60_000)
    return streams.drain(), kinds


def test_an_order_its_fill_and_the_position_are_told() -> None:
    events, kinds = heard(0.0)
    assert kinds == []
    orders = [event for event in events if isinstance(event, OrderTold)]
    [fill] = [event.fill for event in orders if event.fill is not None]
    assert (fill.client_order_id, fill.qty) == ("capi_entry_x", Decimal("0.010"))
    assert [(event.order.status) for event in orders if event.order.kind == "algo"] == ["NEW"]
    assert [event.qty for event in events if isinstance(event, PositionTold)] == [Decimal("0.010")]
    assert all(event.order.sent_at_ms is None for event in orders)  # the exchange does not know


def test_on_bad_days_events_are_lost_late_and_twice_and_a_silence_ends_with_a_warning() -> None:
    events, kinds = heard(1.0, orders=150)
    assert set(kinds) == ALL
    assert any(isinstance(event, Disturbed) for event in events)
    ids = [event.order.client_order_id for event in events if isinstance(event, OrderTold)]
    assert len(ids) != len(set(ids))
    assert len(set(ids)) < 151


def test_kinds_that_are_left_out_leave_every_event_there() -> None:
    events, kinds = heard(1.0, muted=ALL, orders=80)
    assert kinds == []
    assert len({event.order.client_order_id for event in events if isinstance(event, OrderTold)}) == 81


def test_a_key_that_expires_takes_events_with_it_and_the_line_says_that_it_is_there_again() -> None:
    events, kinds = heard(0.01, muted=ALL, orders=110, key_seed=EXPIRES)
    assert set(kinds) == {"listen_key_expired"}
    again = [event for event in events if isinstance(event, Disturbed)]
    assert len(again) == len(kinds)
    assert all(event.reason == "the user stream has been connected" for event in again)
    told = {event.order.client_order_id for event in events if isinstance(event, OrderTold)}
    assert 50 < len(told) < 111
    whole, none = heard(0.01, muted=ALL | {"listen_key_expired"}, orders=110, key_seed=EXPIRES)
    assert none == []
    assert len({event.order.client_order_id for event in whole if isinstance(event, OrderTold)}) == 111
