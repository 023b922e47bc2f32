"""JSON taken apart for changing: keys may stand twice, and a number is its token, which need not be JSON."""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

Node = "Pairs | Items | Token | str | bool | None"
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Token(NamedTuple):
    """What stands where a number stood; written as it is."""

    text: str


class Pairs(list["tuple[str, object]"]):
    """An object: keys with values, in order, twice too."""


class Items(list[object]):
    """A list."""


Holder = Pairs | Items


def taken_apart(document: bytes) -> object:
    """Return the tree of a good JSON document. Raises ValueError when it is none."""
    return _items(
        json.loads(document, object_pairs_hook=Pairs, parse_float=Token, parse_int=Token, parse_constant=Token)
    )


def _items(node: object) -> object:
    if isinstance(node, Pairs):
        return Pairs((key, _items(value)) for key, value in node)
    return Items(_items(value) for value in node) if isinstance(node, list) else node


def put_together(node: object) -> bytes:
    """Return the tree as text in UTF-8; half surrogate pairs become escapes, as a careless writer has them."""
    return _written(node).encode()


def _written(node: object) -> str:
    match node:
        case Token(text):
            return text
        case Pairs():
            return "{" + ", ".join(f"{_string(key)}: {_written(value)}" for key, value in node) + "}"
        case Items():
            return "[" + ", ".join(_written(value) for value in node) + "]"
        case str():
            return _string(node)
        case _:
            return json.dumps(node)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=_LONE_SURROGATE.search(text) is not None)


def holders(node: object) -> Iterator[Holder]:
    """Yield every object and list that is not empty, the outermost first."""
    if isinstance(node, Pairs | Items):
        if node:
            yield node
        for value in values(node):
            yield from holders(value)


def values(holder: Holder) -> list[object]:
    """Return what an object or a list holds."""
    return [value for _, value in holder] if isinstance(holder, Pairs) else list(holder)


def put(holder: Holder, index: int, value: object) -> None:
    """Replace one value."""
    if isinstance(holder, Pairs):
        holder[index] = (holder[index][0], value)
    else:
        holder[index] = value
