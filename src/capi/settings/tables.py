"""capi.toml, flags and a snapshot's "config": tables of keys, read exactly and checked name by name."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from capi.settings.errors import ConfigError
from capi.settings.keys import keys, nearest, pointer_keys, secret_keys, sections, unknown
from capi.settings.layers import Layer, Reading, Source, credential_name, environment_name, flat
from capi.settings.values import printable

FILE_SIZE_MAX: Final = 1 << 20
"""Bytes. capi.toml has about five thousand."""


def read_toml(path: Path) -> dict[str, object]:
    """Return the tables of a TOML file, its numbers exact. Raises ConfigError."""
    written = _text(path)
    try:
        return tomllib.loads(written, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; correct it there.") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise ConfigError(f"{path} holds a value of absurd length or depth: remove it.") from None


def _text(path: Path) -> str:
    """Return the text of a small file."""
    try:
        if path.is_dir():
            raise ConfigError(f"{path} is a folder: name the configuration file in it, as in {path / 'capi.toml'}.")
        with path.open("rb") as file:
            content = file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise ConfigError(f"{path} is larger than {FILE_SIZE_MAX} bytes: it is not a configuration of capi.")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: correct the path, or write one with `capi init`.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8: it is not a configuration of capi.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path} cannot be read ({reason}): correct its path or its rights.") from None


def read_table(source: Source, where: str, table: Mapping[str, object]) -> Reading:
    """Return what a table says as a layer, and a sentence for each name in it that is no key."""
    secrets_allowed = source == "flag"
    layer = Layer(source, where, dict(flat(table)))
    values: dict[str, object] = {}
    problems: list[str] = []
    for key, value in layer.values.items():
        if key in keys() and (secrets_allowed or key not in secret_keys()):
            values[key] = value
        elif key in sections():
            if value != {}:
                problems.append(f"{layer.place(key)} is a section: write [{key}] and its keys below it.")
        else:
            problems.append(_misplaced(key, layer))
    return Reading(Layer(source, where, values), tuple(problems))


def _misplaced(key: str, layer: Layer) -> str:
    """Return the sentence for a key that may not stand here. A secret in a file is not an unknown key: it is a leak."""
    found = pointer_keys().get(key, key if key in secret_keys() else nearest(key, keys()))
    if found not in secret_keys():
        return unknown(key, layer.where, [*keys(), *sections()])
    name = environment_name(found)
    place = layer.place(printable(key[:80]))
    return (
        f"{place}: a secret does not belong there; remove it, and set {name} or {name}_FILE, "
        f"or put a file {credential_name(found)} into $CREDENTIALS_DIRECTORY."
    )
