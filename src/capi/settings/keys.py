"""Which keys there are, read from the model, and what to say of one that is not there."""

from collections.abc import Iterable, Iterator
from functools import cache

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from capi.settings.layers import ENVIRONMENT_PREFIX
from capi.settings.model import Settings
from capi.settings.sections import Section
from capi.settings.values import FilePath, Secret, printable


@cache
def keys() -> dict[str, FieldInfo]:
    """Return every key with its dotted name, in the order of capi.toml."""
    return dict(_fields(Settings, ""))


def _fields(model: type[BaseModel], parent: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _fields(field.annotation, f"{name}.")
        else:
            yield f"{parent}{name}", field


@cache
def sections() -> frozenset[str]:
    """Return the names of the tables."""
    return frozenset(key.partition(".")[0] for key in keys() if "." in key)


@cache
def secret_keys() -> frozenset[str]:
    """Return the keys that may stand in the environment and the secrets directory only."""
    return _parsed_by(Secret)


@cache
def path_keys() -> frozenset[str]:
    """Return the keys whose value is a path, relative to the configuration file."""
    return _parsed_by(FilePath)


@cache
def pointer_keys() -> dict[str, str]:
    """Return the keys that name a file with a secret in it, and the secret's own key."""
    return {f"{key}_file": key for key in sorted(secret_keys())}


def _parsed_by(parser: type) -> frozenset[str]:
    return frozenset(key for key in keys() if is_parsed_by(key, parser))


def is_parsed_by(key: str, parser: type) -> bool:
    """Tell whether a key's value goes through this kind of parser."""
    return any(isinstance(found, parser) for found in keys()[key].metadata)


def nearest(name: str, known: Iterable[str], similarity: float = 0.6) -> str | None:
    """Return the known name that `name` was most likely meant to be: the same key elsewhere, or a similar spelling."""
    from difflib import get_close_matches  # only an error needs it

    candidates = {_bare(candidate): candidate for candidate in known}
    bare, leaf = _bare(name), _leaf(name)
    same_leaf = [candidate for candidate in candidates if _leaf(candidate) == leaf]
    found = get_close_matches(bare, same_leaf or candidates, n=1, cutoff=0.0 if same_leaf else similarity)
    return candidates[found[0]] if found else None


def _bare(name: str) -> str:
    """Return a name without what all variables begin with: that alone makes none of them similar."""
    return name.removeprefix(ENVIRONMENT_PREFIX)


def _leaf(name: str) -> str:
    return _bare(name).replace("__", ".").rpartition(".")[2]


def unknown(name: str, where: str, known: Iterable[str]) -> str:
    """Return the sentence for a name that is no key: where it stands, and the nearest known one."""
    found = nearest(name, known)
    cure = f"did you mean {found}?" if found else "remove it (`capi config show --origin` lists what there is)."
    return f"{printable(name[:80])} in {where} is no key of capi: {cure}"
