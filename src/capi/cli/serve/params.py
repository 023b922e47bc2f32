"""The parameters of one request: query and form body as text, read once into values that make sense.

Source: facts, sections 1.4 and 5. A parameter in both places: the query's counts. Names that are not known are passed
over, as the exchange does, but not where an order is placed: there a misspelt name changes what is traded (`only`).
"""

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Final, TypeVar, cast
from urllib.parse import parse_qsl

from capi.cli.serve.errors import WireError, invalid, missing

_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_INTEGER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_SIGNING: Final = frozenset({"timestamp", "recvWindow", "signature"})

Word = TypeVar("Word", bound=str)


class Params:
    """What was sent, by name. Every reader raises WireError: -1102 missing, -1100 or -1130 malformed."""

    def __init__(self, values: dict[str, str]) -> None:
        """Take the values as they came."""
        self.values = values

    @classmethod
    def parse(cls, query: str, body: str) -> "Params":
        """Read a query string and a form body."""
        values: dict[str, str] = {}
        for part in (query, body):
            for name, value in parse_qsl(part, keep_blank_values=True):
                values.setdefault(name, value)
        return cls(values)

    def only(self, known: Collection[str]) -> None:
        """Refuse parameters that are not known, with -1104."""
        unknown = [name for name in self.values if name not in known and name not in _SIGNING]
        if unknown:
            raise WireError(-1104, f"Not all sent parameters were read; not known here: {', '.join(unknown)}.")

    def maybe(self, name: str) -> str | None:
        """Return an optional text; one that is sent empty is refused."""
        value = self.values.get(name)
        if value is not None and not value.strip():
            raise WireError(-1105, f"Parameter '{name}' was empty.")
        return value

    def text(self, name: str) -> str:
        """Return a mandatory text."""
        value = self.values.get(name)
        if value is None or not value.strip():
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return an optional number in fixed point: no sign, no exponent."""
        value = self.maybe(name)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value):
            raise WireError(
                -1100, f"Illegal characters found in parameter '{name}'; legal range is '^{_NUMBER.pattern}$'."
            )
        return Decimal(value)

    def integer(self, name: str) -> int | None:
        """Return an optional whole number."""
        value = self.maybe(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise WireError(
                -1100, f"Illegal characters found in parameter '{name}'; legal range is '^{_INTEGER.pattern}$'."
            )
        return int(value)

    def needed_integer(self, name: str) -> int:
        """Return a mandatory whole number."""
        value = self.integer(name)
        if value is None:
            raise missing(name)
        return value

    def boolean(self, name: str) -> bool:
        """Return an optional "true" or "false"; left out it is false."""
        value = self.maybe(name)
        if value not in (None, "true", "false"):
            raise invalid(name)
        return value == "true"

    def needed_boolean(self, name: str) -> bool:
        """Return a mandatory "true" or "false"."""
        self.text(name)
        return self.boolean(name)

    def choice(self, name: str, allowed: Collection[Word], code: int = -1130) -> Word | None:
        """Return one of some words, or None when it was not sent."""
        value = self.maybe(name)
        if value is None:
            return None
        if value not in allowed:
            raise WireError(code, f"Invalid {name}: {value!r} is none of {', '.join(allowed)}.")
        return cast("Word", value)

    def needed_choice(self, name: str, allowed: Collection[Word], code: int = -1130) -> Word:
        """Return one of some words; it is mandatory."""
        self.text(name)
        value = self.choice(name, allowed, code)
        if value is None:
            raise missing(name)
        return value

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are asked for."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= most:
            raise invalid("limit")
        return value
