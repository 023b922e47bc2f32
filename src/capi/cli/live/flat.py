"""What a flatten would do, in lines, by what is known before it: the engine's status, or a look of our own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from capi.cli.live.first_look import foreign_cancels
from capi.cli.live.session import Session
from capi.cli.reading.room import Room
from capi.cli.reading.status_source import StatusUnusable, age_of, read_status
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN
from capi.core.units import text
from capi.settings import Settings

SHOWN_SECONDS_MAX: Final = 5.0
"""A status is shown after each pass; an older one may tell of a position that is gone, or not of one that stands."""
_THEN: Final = "then no entries until capi resume"


def from_status(folder: Path, settings: Settings) -> list[str]:
    """Return what the engine would do, by what it showed last."""
    environment = settings.exchange.environment
    room = Room(
        folder=folder,
        name=f"{environment} {settings.symbol}",
        is_replay=False,
        environment=environment,
        symbol=settings.symbol,
    )
    try:
        document = read_status(room)
    except (OSError, StatusUnusable) as error:
        return _unknown(str(error))
    age = age_of(document, time.time_ns() // 1_000_000)
    if age is None or not 0 <= age <= SHOWN_SECONDS_MAX + 2 * float(settings.loop.interval_seconds):
        return _unknown("the engine's status is old: its disk is full, or it hangs")
    qty = document["position"].get("qty")
    resting = [_named(one) for name in ("entries", "targets") for one in document[name]]
    return [*_lines(qty if qty is None else str(qty), resting, settings), _THEN]


def _unknown(why: str) -> list[str]:
    return [f"what is open is not known here ({why}): whatever of it the engine sees is left", _THEN]


def from_look(session: Session) -> list[str]:
    """Return what would be done, by a session's first look."""
    look, prefix = session.look, session.settings.id_prefix
    ids = [order.client_order_id for order in look.orders if order.status in OPEN]
    owners = {one: parse_order_id(prefix, one) for one in ids}
    resting = [one for one, owner in owners.items() if owner is not None and owner.role != "sl"]
    return [
        *_lines(text(look.position.qty), resting, session.settings),
        *foreign_cancels(look, session.settings),
        _THEN,
    ]


def _lines(qty: str | None, resting: list[str], settings: Settings) -> Iterator[str]:
    where = f"{settings.exchange.environment} {settings.symbol}"
    if qty is None:
        yield f"close whatever position of {where} there is, at market"
    elif qty != "0":
        yield f"close the position of {qty} {where} at market, reduce-only; its stop stays until it is flat"
    else:
        yield f"{where} is flat: there is no position to close"
    if resting:
        yield f"cancel {', '.join(resting)}"


def _named(order: dict[str, Any]) -> str:
    return str(order.get("client_order_id", "an order"))
