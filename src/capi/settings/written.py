"""capi.toml written out: with its defaults and comments for `capi init`, or as it stands for `capi config show`.

Both are made from the model, so that no key can be missing and no default can be out of date; and both are TOML.
"""

import json
from collections.abc import Callable, Iterator
from typing import Final

from capi.settings.keys import is_parsed_by, keys, secret_keys
from capi.settings.model import Settings
from capi.settings.numbers import Number
from capi.settings.origin import Origin, Shown, origin, shown_value
from capi.settings.values import printable

COMMENT_COLUMN: Final = 44
_HEAD: Final = """\
# capi.toml: what capi goes by. Each key stands here with its default: change it, or leave its line out.
# A ratio is text with its unit: "0.15%" or "15bps". Relative paths start from this file's folder.
# Secrets never stand here. Set CAPI_EXCHANGE__API_KEY, CAPI_EXCHANGE__API_SECRET and CAPI_TELEGRAM__TOKEN in the
# environment (or the same names with _FILE: the path of a file that holds the secret), or use $CREDENTIALS_DIRECTORY.
# `capi config check` says whether all is well, `capi config show --origin` where each value comes from.
"""


def default_toml() -> str:
    """Return the capi.toml that `capi init` writes: every key but the secrets, its default, and what it means."""
    return _HEAD + "\n" + "\n".join(_lines(_default_line, [key for key in keys() if key not in secret_keys()])) + "\n"


def _default_line(key: str) -> str:
    field = keys()[key]
    if field.default is None:  # off by default: an example, commented out
        line = f"# {_name(key)} = {json.dumps((field.examples or [''])[0])}"
    else:
        line = f"{_name(key)} = {_literal(key, shown_value(key, field.default))}"
    if len(line) >= COMMENT_COLUMN:
        return f"# {field.description}\n{line}"
    return f"{line.ljust(COMMENT_COLUMN)}# {field.description}"


def settings_toml(settings: Settings, *, with_origin: bool = False) -> str:
    """Return the configuration as it stands, with the source of each line when wanted. Secrets are comments."""
    known = {told.key: told for told in origin(settings)}
    return "\n".join(_lines(lambda key: _told_line(known[key], with_origin), list(known)))


def _told_line(told: Origin, with_origin: bool) -> str:
    if told.value is None or told.key in secret_keys():
        line = f"# {_name(told.key)}: {told.value or 'not set'}"
    else:
        line = f"{_name(told.key)} = {_literal(told.key, told.value)}"
    if not with_origin:
        return line
    return f"{line.ljust(COMMENT_COLUMN)} # {told.source}{f': {printable(told.where)}' if told.where else ''}"


def _lines(line: Callable[[str], str], chosen: list[str]) -> Iterator[str]:
    """Yield a line for each key, and the head of each table before its first key."""
    table = ""
    for key in chosen:
        section = key.rpartition(".")[0]
        if section != table:
            yield f"\n[{section}]"
            table = section
        yield line(key)


def _name(key: str) -> str:
    return key.rpartition(".")[2]


def _literal(key: str, value: Shown) -> str:
    """Return a value as TOML. Exact numbers came as text and lose their quotes; a ratio keeps them."""
    if isinstance(value, str) and is_parsed_by(key, Number):
        return value
    return json.dumps(value, ensure_ascii=False)  # TOML writes text, whole numbers, booleans and lists the same way
