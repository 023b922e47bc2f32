"""Values of the core as JSON objects and back: an instrument, an order, a configuration.

Written with the names of their fields; read by the types of them, so that a field that is added is carried without a
word here. Reading is strict: an unknown name, a missing one without a default, another type are a ValueError.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from capi.core.value import record
from capi.engine.action_fields import Fields

T = TypeVar("T")
_Read = Callable[[Any], Any]


def value_fields(it: object) -> Fields:
    """Return all fields of a value by name, and likewise those of the values in it. Numbers stay Decimals."""
    return {name: _written(getattr(it, name)) for name in _reader(type(it)).read}


def _written(it: object) -> object:
    if is_dataclass(it):
        return value_fields(it)
    return [_written(one) for one in it] if isinstance(it, tuple) else it


def read_value(kind: type[T], told: object) -> T:
    """Return the value of a kind that an object, as JSON holds it, tells. Raises ValueError."""
    return _reader(kind).value(kind, told)


@record
class _Reader:
    """How each field of one kind is read, and which of them may be missing."""

    name: str
    read: dict[str, _Read]
    optional: frozenset[str]

    def value(self, kind: Callable[..., T], told: object) -> T:
        if not isinstance(told, Mapping):
            raise ValueError(f"{self.name}: {told!r} is not an object")
        unknown = [name for name in told if name not in self.read]
        missing = [name for name in self.read if name not in told and name not in self.optional]
        if unknown or missing:
            what = f"{', '.join(unknown)} unknown" if unknown else f"{', '.join(missing)} missing"
            raise ValueError(f"{self.name}: {what}")
        values = {}
        for name, it in told.items():
            try:
                values[name] = self.read[name](it)
            except (ValueError, TypeError, InvalidOperation) as error:
                raise ValueError(f"{self.name}.{name}: {str(error) or repr(it)}") from None
        return kind(**values)


def _reader(kind: Any) -> _Reader:
    known = _READERS.get(kind)
    if known is None:
        hints = get_type_hints(kind)
        known = _READERS[kind] = _Reader(
            name=kind.__name__,
            read={field.name: _read_as(hints[field.name]) for field in fields(kind)},
            optional=frozenset(field.name for field in fields(kind) if field.default is not MISSING),
        )
    return known


_READERS: Final[dict[type, _Reader]] = {}


def _read_as(hint: Any) -> _Read:
    """Return what reads a value of one type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and NoneType in arguments:
        (inner,) = (one for one in arguments if one is not NoneType)
        read = _read_as(inner)
        return lambda it: None if it is None else read(it)
    if origin is Literal:
        return lambda it: _one_of(it, arguments)
    if origin is tuple:
        inner_read = _read_as(arguments[0])
        return lambda it: tuple(inner_read(one) for one in _of_type(it, list))
    if hint is Decimal:
        return _decimal
    if is_dataclass(hint):
        kind: Any = hint
        return lambda it: _reader(kind).value(kind, it)
    return lambda it: _of_type(it, hint)


def _decimal(it: Any) -> Decimal:
    if isinstance(it, Decimal):
        return it
    number = Decimal(_of_type(it, str))
    if not number.is_finite():
        raise ValueError(f"{it!r} is no number")
    return number


def _one_of(it: Any, words: tuple[Any, ...]) -> Any:
    if it not in words:
        raise ValueError(f"{it!r} is none of {', '.join(map(str, words))}")
    return it


def _of_type(it: Any, kind: type) -> Any:
    if type(it) is not kind:
        raise ValueError(f"{it!r} is no {kind.__name__}")
    return it
