"""Identical refusals open a circuit for their request; it is probed once a minute, and another end closes it."""

from decimal import Decimal
from typing import Any

import pytest

from capi.core.circuit import PROBE_MS, TRIES, open_circuit
from capi.core.errors import Reaction
from capi.core.orders import Order
from tests.worlds import ID, LONG, NOW, account, order, view

D = Decimal


def circuit(*orders: Order) -> str | None:
    """Return why the example's entry is not sent, given its orders so far."""
    seen = view(LONG, account(), orders)
    return open_circuit(seen, seen.entries)


def refused(*codes: int | None, ago_ms: int = 1_000) -> list[Order]:
    """Refusals with these codes, one generation each, the last one `ago_ms` ago."""
    return [
        order(f"capi_entry_{ID}_{n}", status="REJECTED", code=code, updated_at_ms=NOW - ago_ms)
        for n, code in enumerate(codes, 2)
    ]


@pytest.mark.parametrize(
    ("codes", "is_open"),
    [
        ([-1008], False),
        ([-1008, -1008], False),
        ([-1008, -1008, -1008], True),
        ([-1008, -1008, -1003], False),
        ([-1003, -1008, -1008], False),
        ([-4014], False),
        ([-4014, -4014], True),  # adjusted once
        ([-4003], True),
        ([-2019, -2019], False),
        ([-2019, -2019, -2019], True),
        ([-2015], True),
        ([-4116, -4116], False),
        ([-4116, -4116, -4116], True),
        ([-4046, -4046, -4046], True),
        ([None, None], False),
        ([None, None, None], True),  # refusals without a code are of one kind as well
        ([-12345], False),
    ],
)
def test_how_many_of_a_kind_open_it(codes: list[int | None], is_open: bool) -> None:
    assert (circuit(*refused(*codes)) is not None) is is_open


def test_it_is_probed_once_a_minute() -> None:
    assert circuit(*refused(-4003, ago_ms=PROBE_MS - 1)) is not None
    assert circuit(*refused(-4003, ago_ms=PROBE_MS)) is None


def test_an_order_that_was_taken_closes_it() -> None:
    assert circuit(*refused(-4003), order(f"capi_entry_{ID}_9", status="CANCELED")) is None
    assert circuit() is None


@pytest.mark.parametrize(
    ("times", "is_open"),
    [
        ({"updated_at_ms": None, "sent_at_ms": NOW - 1}, True),
        ({"updated_at_ms": None, "created_at_ms": NOW - 1}, True),
        ({"updated_at_ms": None, "created_at_ms": None}, True),  # of unknown age: it counts
    ],
)
def test_a_refusal_is_as_old_as_is_known(times: dict[str, Any], is_open: bool) -> None:
    one = order(f"capi_entry_{ID}", status="REJECTED", code=-4003, **times)
    assert (circuit(one) is not None) is is_open


def test_the_sentence_names_count_code_and_meaning() -> None:
    said = circuit(*refused(-1008, -1008, -1008))
    assert said is not None
    assert "refused 3 times with code -1008 (throttled)" in said


def test_every_reaction_has_its_tries() -> None:
    reactions: tuple[Reaction, ...] = ("retry", "resolve", "adjust", "give_up", "safe_mode", "done")
    assert set(TRIES) == set(reactions)
