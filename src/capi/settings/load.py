"""From the outside to `Settings`: read every source, name every problem, or return what can be relied on.

Order: defaults < capi.toml < secrets directory < environment < flags. Nothing is guessed: a file that was named must be
there, a name that is no key is an error wherever it stands, and all problems are told at once.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from capi.settings.errors import ConfigError
from capi.settings.finish import finish
from capi.settings.keys import keys, path_keys
from capi.settings.layers import Layer, Reading, is_ours
from capi.settings.model import Settings
from capi.settings.tables import read_table, read_toml
from capi.settings.values import printable

FILE_NAME: Final = "capi.toml"


def load_settings(
    config: Path | None, overrides: Mapping[str, object] | None = None, env: Mapping[str, str] | None = None
) -> Settings:
    """Return the configuration, or raise one ConfigError with a line for each problem.

    `config` None: ./capi.toml when it is there, else the defaults alone. `overrides`: the flags that were given, as
    tables; what is None was not given. `env`: instead of the process's environment. Relative paths, from whatever
    source, are relative to the folder of the configuration file; without one, to the current folder.
    """
    variables = os.environ if env is None else env
    path = _config_file(config)
    base = _folder(path)
    readings = [_defaults(base)]
    if path is not None:
        readings.append(read_table("file", printable(str(path)), read_toml(path)))
    if directory := variables.get("CREDENTIALS_DIRECTORY"):
        from capi.settings.sources import read_credentials  # costly, see there

        readings.append(read_credentials(Path(directory)))
    if any(is_ours(name) for name in variables):
        from capi.settings.sources import read_environment  # costly, see there

        readings.append(read_environment(variables))
    if overrides:
        readings.append(read_table("flag", "the flags", _given(overrides)))
    return _settled([], readings, base)


def overlay(settings: Settings, table: Mapping[str, object]) -> Settings:
    """Return `settings` under a snapshot's "config" object, read as strictly as the rest. Raises ConfigError."""
    reading = read_table("snapshot", "the snapshot's config", table)
    return _settled(settings.layers, [reading], settings.base)


def _config_file(config: Path | None) -> Path | None:
    """Return the file to read. Only what surely is not there is absent: of all else its reader says what is wrong."""
    if config is not None:
        return config
    try:
        os.lstat(FILE_NAME)
    except OSError as error:
        return None if isinstance(error, FileNotFoundError) else Path(FILE_NAME)
    return Path(FILE_NAME)


def _folder(path: Path | None) -> Path:
    """Return the absolute folder that relative paths start from."""
    try:
        return Path.cwd() if path is None else path.absolute().parent
    except OSError:
        raise ConfigError("The current folder no longer exists: change to one that does, and start again.") from None


def _defaults(base: Path) -> Reading:
    """Return the defaults that depend on where we are."""
    paths = {key: keys()[key].default for key in path_keys()}
    return Reading(Layer("default", values=paths))


def _given(flags: Mapping[str, object]) -> dict[str, object]:
    """Return the flags without those that were not given."""
    tables = {name: _given(value) if isinstance(value, Mapping) else value for name, value in flags.items()}
    return {name: value for name, value in tables.items() if value is not None and value != {}}


def _settled(known: Sequence[Layer], readings: Sequence[Reading], base: Path) -> Settings:
    """Return what all layers make together, or raise one ConfigError that names every problem."""
    finished = [finish(reading, base) for reading in readings]
    layers = (*known, *(reading.layer for reading in finished))
    problems = [problem for reading in finished for problem in reading.problems]
    try:
        settings = Settings.from_layers(layers, base)
    except ValidationError as error:
        problems += _sentences(error, layers)
    else:
        if not problems:
            return settings
    raise ConfigError("\n".join(problems))


def _sentences(error: ValidationError, layers: Sequence[Layer]) -> list[str]:
    """Return a sentence for each value that was refused: where it was set, what is wrong, and the cure.

    pydantic's own text is not used, and the error is not chained: both hold values, of secrets too.
    """
    sentences = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        key = ".".join(str(part) for part in detail["loc"])
        text = detail["msg"].removeprefix("Value error, ")
        setter = next((layer for layer in reversed(layers) if key in layer.values), None)
        sentences.append(f"{setter.place(key)}: {text}." if setter else f"{text}.")
    return sentences
