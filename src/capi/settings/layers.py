"""One source of configuration as a flat table of dotted keys: `{"entry.spread_max": "0.05%"}`.

Flat, because then everything that has to be known of a key is one look-up: is it known, who set it, where does an
error point to. Layers are merged in their order, the later one wins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final, Literal

from capi.core.value import record

Source = Literal["default", "file", "secrets", "environment", "flag", "snapshot"]
ENVIRONMENT_PREFIX: Final = "CAPI_"


@record
class Layer:
    """What one source said. `where` is the file or folder, when there is one. Secrets are wrapped."""

    source: Source
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict, repr=False)

    def place(self, key: str) -> str:
        """Return how this source spells a key and where it stands, as an error names it."""
        match self.source:
            case "environment":
                return f"{environment_name(key)} in the environment"
            case "secrets":
                return f"{credential_name(key)} in {self.where}"
            case "snapshot":
                return f"config.{key} of the snapshot"
            case "flag":
                return f"{key}, given as a flag"
            case "default" | "file":
                return f"{key} in {self.where}" if self.where else key


@record
class Reading:
    """One source, read: its layer, and a sentence for each name in it that is no key."""

    layer: Layer
    problems: tuple[str, ...] = ()


def is_ours(variable: str) -> bool:
    """Tell whether a variable means to configure capi. Wrong case does too: it must not be ignored in silence."""
    return variable.upper().startswith(ENVIRONMENT_PREFIX)


def environment_name(key: str) -> str:
    """Return a key's name in the environment: `entry.spread_max` → `CAPI_ENTRY__SPREAD_MAX`."""
    return ENVIRONMENT_PREFIX + key.upper().replace(".", "__")


def credential_name(key: str) -> str:
    """Return the name of a key's file in the secrets directory: `exchange.api_key` → `exchange__api_key`."""
    return key.replace(".", "__")


def flat(table: Mapping[str, object], parent: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value with its dotted key, three names deep at most: no key of ours has more than two.

    An empty table is a value too, so that it does not vanish unseen; and a name with a dot in it is quoted, so that it
    cannot pass for a section and its key.
    """
    for name, value in table.items():
        key = f'{parent}"{name}"' if "." in name else f"{parent}{name}"
        if isinstance(value, Mapping) and value and parent.count(".") < 2:
            yield from flat(value, f"{key}.")
        else:
            yield key, value


def nested(values: Mapping[str, object]) -> dict[str, object]:
    """Return the tables that dotted keys stand for, two levels at most: a key alone, or section and key."""
    tables: dict[str, object] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        if not section:
            tables[name] = value
            continue
        table = tables.setdefault(section, {})
        if isinstance(table, dict):
            table[name] = value
    return tables
