"""Which stream names belong to which route, and what a user data connection asked for (facts, section 1.2)."""

from typing import Final, Literal
from urllib.parse import parse_qs

from capi.core.value import record

Route = Literal["public", "market", "private"]

_PUBLIC: Final = frozenset({"bookTicker", "depth", "depth5", "depth10", "depth20", "rpiDepth"})


@record
class Asked:
    """What a connection's address asks for."""

    wrapped: bool  # {"stream": …, "data": …}
    names: tuple[str, ...]
    events: frozenset[str] | None = None  # of user data; None: all


def belongs(name: str, route: str | None) -> bool:
    """Return whether a stream is delivered on a route; elsewhere it is silent, without an error."""
    if "@" not in name:
        return route == "private"
    kind = name.split("@")[1]
    return route == ("public" if kind in _PUBLIC else "market")


def asked(path: str, query: str) -> Asked:
    """Return what `/ws/<name>`, `/ws?listenKey=…&events=…` or `/stream?streams=a/b` asks for."""
    values = parse_qs(query)
    if path.startswith("stream"):
        return Asked(wrapped=True, names=_split(values.get("streams", [""])[0]))
    names = _split(path.removeprefix("ws").strip("/")) + tuple(values.get("listenKey", ()))
    listed = values.get("events")
    return Asked(wrapped=False, names=names, events=None if listed is None else frozenset(_split(listed[0])))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("/") if part)
