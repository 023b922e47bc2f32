"""What stands written out in `action_fields` is all that the classes have, in their order: one thing has one name."""

from dataclasses import fields
from decimal import Decimal

from capi.core.actions import PlaceOrder
from capi.core.orders import Order
from capi.engine.action_fields import action_fields, order_fields


def test_an_order_to_send_tells_its_name_and_every_field() -> None:
    values = {field.name: f"{field.name} of it" for field in fields(PlaceOrder)}
    assert list(action_fields(PlaceOrder(**values)).items()) == [("action", "place_order"), *values.items()]  # type: ignore[arg-type]


def test_an_order_tells_every_field_but_what_its_event_tells() -> None:
    """Since when it is not found stands in the event beside the order."""
    told = [field for field in fields(Order) if field.name != "not_found_since_ms"]
    values = {field.name: Decimal(number) for number, field in enumerate(told)}
    assert list(order_fields(Order(**values)).items()) == list(values.items())  # type: ignore[arg-type]
