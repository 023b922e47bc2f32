"""Client order ids: functions of facts, so that the same intent always has the same id.

`<prefix>_<role>_<decision>[_<n>]`, at most 36 characters of `[.A-Z:/a-z0-9_-]` (the exchange's rule). `n` is the
generation; 1 is left out. An id does not make sending idempotent (it is unique only among open orders): it only makes
an order findable, and says what it is for. Foreign is what does not parse under our prefix.
"""

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast

from capi.core.actions import Role
from capi.core.value import record

CLIENT_ID_LENGTH_MAX: Final = 36
ROLES: Final = frozenset({"entry", "sl", "tp1", "tp2", "exit"})
PREFIX_PATTERN: Final = r"[.A-Z:/a-z0-9-]{1,8}"
_DECISION: Final = re.compile(r"[.A-Z:/a-z0-9-]+")
_GENERATION: Final = re.compile(r"[1-9][0-9]{0,8}")
_ROOM_FOR_ROLE_AND_GENERATION: Final = len("_entry_") + len("_9999")


@record
class OrderId:
    """What one of our client order ids says."""

    role: Role
    decision_id: str
    generation: int


def order_id(prefix: str, role: Role, decision_id: str, generation: int = 1) -> str:
    """Return the client order id of an order's role, decision and generation (from 1; 9999 of them fit for sure)."""
    tail = "" if generation == 1 else f"_{generation}"
    return f"{prefix}_{role}_{decision_id}{tail}"


@lru_cache(maxsize=4096)
def parse_order_id(prefix: str, client_order_id: str) -> OrderId | None:
    """Return what an id says, or None when it is foreign."""
    parts = client_order_id.split("_")
    if len(parts) not in (3, 4) or parts[0] != prefix or parts[1] not in ROLES or not _DECISION.fullmatch(parts[2]):
        return None
    if len(parts) == 3:
        return OrderId(cast(Role, parts[1]), parts[2], 1)
    if not _GENERATION.fullmatch(parts[3]) or parts[3] == "1":
        return None
    return OrderId(cast(Role, parts[1]), parts[2], int(parts[3]))


def decision_key(prefix: str, wanted: str) -> str:
    """Return `wanted` when it fits into every id under `prefix`, else a hash of it: always the same one."""
    room = CLIENT_ID_LENGTH_MAX - len(prefix) - _ROOM_FOR_ROLE_AND_GENERATION
    if len(wanted) <= room and _DECISION.fullmatch(wanted):
        return wanted
    return hashed_key(wanted)


def hashed_key(*facts: str) -> str:
    """Return a short id made of facts; for an id that cannot be used as it is, or came back for another decision."""
    return "h" + hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:15]


def timestamp_key(microseconds: int) -> str:
    """Return a decision's id made of its timestamp: `20251128T100500Z`, fractions only when there are any."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{stamp}.{fraction:06d}".rstrip("0") + "Z" if fraction else f"{stamp}Z"
