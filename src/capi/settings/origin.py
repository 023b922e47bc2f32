"""What each key is, and who said so: for `capi config show`."""

from decimal import Decimal
from pathlib import Path

from capi.core.units import text
from capi.core.value import record
from capi.settings.keys import is_parsed_by, keys, secret_keys
from capi.settings.layers import Source
from capi.settings.model import Settings
from capi.settings.numbers import Ratio, ratio_text

Shown = str | int | bool | list[str] | None


@record
class Origin:
    """One key: its value as JSON may hold it (ratios with their unit, numbers exact, as text), and its source."""

    key: str
    value: Shown
    source: Source
    where: str  # the file, folder or variable; empty for defaults


def origin(settings: Settings) -> tuple[Origin, ...]:
    """Return every key in the order of capi.toml. Of a secret only "set" or "not set" is told."""
    return tuple(_origin(settings, key) for key in keys())


def _origin(settings: Settings, key: str) -> Origin:
    layer = next((layer for layer in reversed(settings.layers) if key in layer.values), None)
    shown = shown_value(key, value_of(settings, key))
    if layer is None or layer.source == "default":
        return Origin(key, shown, "default", "")
    return Origin(key, shown, layer.source, layer.place(key))


def value_of(settings: Settings, key: str) -> object:
    """Return the value of a dotted key."""
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def shown_value(key: str, value: object) -> Shown:
    """Return a key's value as it may be shown: reading it again gives the same, but for secrets."""
    if key in secret_keys():
        return "not set" if value is None else "set"
    if isinstance(value, Decimal):
        return ratio_text(value) if is_parsed_by(key, Ratio) else text(value)
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{key} has a value that no key can have: {type(value).__name__}")
