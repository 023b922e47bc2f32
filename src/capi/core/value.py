"""`value` and `record`: a class of named fields that never change once it is made.

A data class in all but two things. mypy refuses every assignment to a field, as with a frozen one, but at run time no
lock stands in the way: a frozen class pays for it with a call for each field whenever one is made, and takes three
times as long. A pass makes some thirty. And equality, hash and text are shared functions: generated for each class they
are most of what importing one costs, and a fifth of a short command's start.

A value is made with the names of its fields alone; a record, which has a few at most, in their order as well.
"""

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform

__all__ = ["changed", "record", "value"]

T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """Make a class a value: fields by name alone, equality and hash by all of them, no dictionary."""
    return _shared(dataclass(slots=True, kw_only=True, eq=False, repr=False)(cls))


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a class a record: a value whose fields may be given in their order, too."""
    return _shared(dataclass(slots=True, eq=False, repr=False)(cls))


def _shared(made: Any) -> type[T]:
    """Give it the shared functions, but for those that it has of its own: a text that keeps a secret, say."""
    made._all_fields = attrgetter(*(made.__dataclass_fields__ or ("__class__",)))  # without any it equals its like
    for name, function in _SHARED.items():
        if name not in vars(made):
            setattr(made, name, function)
    answer: type[T] = made
    return answer


if TYPE_CHECKING:
    from dataclasses import replace as changed  # as `changed` below, with names and types of the fields checked
else:

    def changed(one: T, **others: Any) -> T:
        """Return a copy of a value with some fields changed: `dataclasses.replace`, in half its time."""
        every = {name: getattr(one, name) for name in one.__dataclass_fields__}
        every.update(others)
        return one.__class__(**every)


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._all_fields(self) == self._all_fields(other)


def _hash(self: Any) -> int:
    return hash(self._all_fields(self))


def _text(self: Any) -> str:
    told = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({told})"


_SHARED: Final = {"__eq__": _equal, "__hash__": _hash, "__repr__": _text}
