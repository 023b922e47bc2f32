"""The endpoints that take several orders at once: each has its own answer (facts, section 2.2)."""

import json
from typing import Any, Final

from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import Json, WireError, invalid, missing
from capi.cli.serve.order_requests import traded_symbol
from capi.cli.serve.order_routes import place
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue

BATCH_MAX: Final = 5
CANCELS_MAX: Final = 10


async def place_batch(venue: Venue, params: Params) -> Json:
    """POST batchOrders: up to five, each with its own answer."""
    listed = _json_list(params.text("batchOrders"), "batchOrders", BATCH_MAX)
    answers: list[dict[str, Any]] = []
    for entry in listed:
        if not isinstance(entry, dict):
            raise invalid("batchOrders")
        try:
            answers.append(dict(await place(venue, Params({key: _as_text(value) for key, value in entry.items()}))))
        except WireError as error:
            answers.append(error.body)
    return list(answers)


def cancel_batch(venue: Venue, params: Params) -> Json:
    """DELETE batchOrders: up to ten, by number or by client id."""
    traded_symbol(venue, params)
    numbers, ids = params.maybe("orderIdList"), params.maybe("origClientOrderIdList")
    if numbers is None and ids is None:
        raise missing("orderIdList")
    answers: list[dict[str, Any]] = []
    if numbers is not None:
        listed = _json_list(numbers, "orderIdList", CANCELS_MAX)
        records = [venue.records.find("plain", number=it) if isinstance(it, int) else None for it in listed]
    else:
        listed = _json_list(ids or "", "origClientOrderIdList", CANCELS_MAX)
        records = [venue.records.find("plain", client_id=str(it)) for it in listed]
    for record in records:
        try:
            answers.append(shapes.placed(venue, venue.cancel("plain", record)))
        except WireError as error:
            answers.append(error.body)
    return list(answers)


def _json_list(text: str, name: str, most: int) -> list[Any]:
    try:
        listed = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise invalid(name) from error
    if not isinstance(listed, list) or not 1 <= len(listed) <= most:
        raise invalid(name)
    return listed


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
