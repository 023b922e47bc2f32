"""The last step of every layer: pointers become the secrets they name, secrets are wrapped, paths become absolute."""

from pathlib import Path
from typing import Final

from pydantic import SecretStr

from capi.settings.keys import path_keys, pointer_keys, secret_keys
from capi.settings.layers import Layer, Reading

SECRET_FILE_SIZE_MAX: Final = 8192
"""Bytes. A key has about a hundred; more is another file."""


def finish(reading: Reading, base: Path) -> Reading:
    """Return the reading with its values ready to be parsed; `base` is the folder that relative paths start from."""
    layer = reading.layer
    values = dict(layer.values)
    problems = list(reading.problems)
    for pointer, key in pointer_keys().items():
        if pointer not in values:
            continue
        path = values.pop(pointer)
        if key in values:
            problems.append(f"{layer.place(key)} and {layer.place(pointer)} are both set: keep one of them.")
            continue
        try:
            values[key] = _secret_in(_absolute(path, base))
        except ValueError as error:
            problems.append(f"{layer.place(pointer)}: {error}.")
    values |= {key: _wrapped(values[key]) for key in secret_keys() & values.keys()}
    values |= {key: _absolute(values[key], base) for key in path_keys() & values.keys()}
    return Reading(Layer(layer.source, layer.where, values), tuple(problems))


def _wrapped(secret: object) -> object:
    return SecretStr(secret) if isinstance(secret, str) else secret


def _absolute(path: object, base: Path) -> object:
    """Return a path from `base` on; what is no path is left for its parser to refuse."""
    if not isinstance(path, str | Path) or not str(path).strip():
        return path
    try:
        return str(base / Path(path).expanduser())
    except RuntimeError:  # "~name" without such a user is the name of a file
        return str(base / path)


def _secret_in(path: object) -> str:
    """Return the word, or the PEM text, in a file. Raises ValueError.

    Its text holds neither what is in the file nor the path: who puts the secret itself where the path belongs should
    not read it in a log.
    """
    if not isinstance(path, str):
        raise ValueError("this is no path: write the path of the file that holds the secret")
    try:
        with Path(path).open("rb") as file:
            content = file.read(SECRET_FILE_SIZE_MAX + 1)
        word = content.decode("ascii").strip()
    except UnicodeDecodeError:
        raise ValueError("the file it names holds more than ASCII text: check that it is the right file") from None
    except OSError as error:
        raise ValueError(f"the file it names cannot be read ({error.strerror}): correct path or rights") from None
    except ValueError:
        raise ValueError("this is no path: it holds a character that no path can hold") from None
    if not word or len(content) > SECRET_FILE_SIZE_MAX:
        raise ValueError("the file it names is empty or too large for a secret: check that it is the right file")
    return word
