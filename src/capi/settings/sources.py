"""The environment and the secrets directory, read by pydantic-settings and checked name by name.

Importing pydantic-settings costs as much as the rest of a short command, so this module is imported only when there is
something to read. What pydantic-settings lets pass in silence is said here: a name that is no key, wrong case, a
missing folder, a link that leads out of the secrets directory.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from capi.settings.errors import ConfigError
from capi.settings.keys import keys, nearest, pointer_keys, sections, unknown
from capi.settings.layers import ENVIRONMENT_PREFIX, Layer, Reading, credential_name, environment_name, flat, is_ours
from capi.settings.model import Settings

CREDENTIALS_SIZE_MAX: Final = 1 << 20
"""Bytes. A secrets directory holds a few words; more is another folder."""


class Outside(BaseSettings, Settings):
    """The same keys for pydantic-settings, as the environment and the secrets directory spell them."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        enable_decoding=False,  # our parsers read lists: JSON would make binary floats
        secrets_prefix="",
        secrets_nested_delimiter="__",
        secrets_dir_missing="error",
        secrets_dir_max_size=CREDENTIALS_SIZE_MAX,
        defer_build=True,
    )


class _Variables(EnvSettingsSource):
    """The environment that was handed in, which need not be the process's own."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        super().__init__(Outside)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._variables.items()}


def read_environment(env: Mapping[str, str]) -> Reading:
    """Return what the CAPI_ variables of `env` say, and a sentence for each that is no key."""
    known = {environment_name(key): key for key in (*keys(), *pointer_keys())}
    ours = {name: value for name, value in env.items() if name in known}
    problems = [_not_a_variable(name, known) for name in sorted(env) if is_ours(name) and name not in known]
    return Reading(Layer("environment", values=dict(flat(_Variables(ours)()))), tuple(problems))


def _not_a_variable(name: str, known: Mapping[str, str]) -> str:
    if example := next((other for other in known if other.startswith(f"{name}__")), None):
        return f"{name} in the environment is a section: set its keys one by one, as in {example}."
    if name.upper() in known:
        return f"{name} in the environment is not read: write {name.upper()}."
    return unknown(name, "the environment", known)


def read_credentials(directory: Path) -> Reading:
    """Return what the files of the secrets directory say, one file a key: exchange__api_key. Raises ConfigError."""
    try:
        source = NestedSecretsSettingsSource(InitSettingsSource(Outside, {}), secrets_dir=directory)
        values = dict(flat(source()))
        os.scandir(directory / ".").close()  # a folder that may not be looked into would pass for an empty one
    except UnicodeDecodeError:
        raise ConfigError(
            f"The secrets directory {directory} holds a file that is not text: remove it there."
        ) from None
    except OSError as error:
        reason = error.strerror or "it is not readable"
        raise ConfigError(f"The secrets directory {directory} cannot be read ({reason}): correct its rights.") from None
    except SettingsError:
        raise ConfigError(
            f"The secrets directory {directory} ($CREDENTIALS_DIRECTORY) is not a folder of small files: "
            "correct the path, or unset the variable."
        ) from None
    known = {credential_name(key): key for key in (*keys(), *pointer_keys())}
    problems = [
        f"{name} in {directory} is not a file inside that folder: put the file itself there."
        for name in known
        if name not in source.env_vars and os.path.lexists(directory / name)
    ]
    strays = sorted(name for name in source.env_vars if name not in known and _means_ours(name, known))
    problems += [unknown(name, str(directory), known) for name in strays]
    kept = {key: value for key, value in values.items() if credential_name(key) in known}
    return Reading(Layer("secrets", str(directory), kept), tuple(problems))


def _means_ours(name: str, known: Mapping[str, str]) -> bool:
    """Tell whether a file is a mistyped key of ours: other programs may keep their credentials in the same folder."""
    return name.partition("__")[0] in sections() or nearest(name, known, similarity=0.8) is not None
