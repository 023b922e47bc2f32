"""Words, switches, lists, paths, addresses and secrets from outside, each parsed once into a type that cannot be wrong.

A refusal is a `ValueError` whose text holds problem and cure; it shows at most one printable line of the value, and
nothing at all of a secret. Numbers and ratios are next door, in `numbers`.
"""

import json
import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

SHOWN_LENGTH_MAX: Final = 60
SECRET_LENGTH_MAX: Final = 512
PEM_LENGTH_MAX: Final = 8192
_PEM_BEGIN, _PEM_END = "-----BEGIN ", "-----"
_BOOLEANS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def shown(value: object) -> str:
    """Return `value` as a sentence may show it: one printable line, at most 60 characters of it."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 256:  # its digits may be more than Python prints
        return "a huge number"
    line = printable(json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value))
    return line if len(line) <= SHOWN_LENGTH_MAX else f"{line[:SHOWN_LENGTH_MAX]}…"


def printable(line: str) -> str:
    """Return `line` with everything escaped that a terminal would act on or could not encode."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


class Parser(ABC):
    """What a key's value goes through, whatever source it came from."""

    @abstractmethod
    def __call__(self, value: object) -> object:
        """Return the exact value, or raise ValueError with problem and cure."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Make this the whole validation: pydantic's own would let "1_000" and binary floats through."""
        return core_schema.no_info_plain_validator_function(self.__call__)


class Boolean(Parser):
    """true or false; text may also say yes, no, on, off, 1 and 0, as environments do."""

    def __call__(self, value: object) -> bool:
        """Return the boolean."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and (known := _BOOLEANS.get(value.strip().lower())) is not None:
            return known
        raise ValueError(f"{shown(value)} is not allowed: write true or false")


@dataclass(frozen=True)
class Choice(Parser):
    """One of a few words."""

    words: tuple[str, ...]

    def __call__(self, value: object) -> str:
        """Return the word."""
        if isinstance(value, str) and value in self.words:
            return value
        *others, last = (f'"{word}"' for word in self.words)
        raise ValueError(f"{shown(value)} is not allowed: write {', '.join(others)} or {last}")


@dataclass(frozen=True)
class Text(Parser):
    """Text of one form."""

    pattern: str
    form: str  # in words, with an example: it ends the sentence "… is not allowed: write "

    def __call__(self, value: object) -> str:
        """Return the text."""
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            return value
        raise ValueError(f"{shown(value)} is not allowed: write {self.form}")


@dataclass(frozen=True)
class Words(Parser):
    """A list of different texts; one line of text means the same as JSON, or with commas between."""

    item: Parser

    def __call__(self, value: object) -> tuple[str, ...]:
        """Return the items in their order."""
        items = self._split(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise ValueError(f'{shown(value)} is not a list: write ["…", "…"], or [] for none')
        words = tuple(str(self.item(item)) for item in items)
        if twice := next((word for word in words if words.count(word) > 1), None):
            raise ValueError(f"{shown(twice)} stands in the list twice: leave one out")
        return words

    @staticmethod
    def _split(written: str) -> object:
        """Return the list that one line of text means; what is not JSON although it begins so is no list."""
        if not written.strip().startswith("["):
            return [part.strip() for part in written.split(",")] if written.strip() else []
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            return None


class ChatId(Parser):
    """A Telegram chat: its number (negative for groups), or the @name of a channel."""

    def __call__(self, value: object) -> str:
        """Return it as text, as the Bot API takes both."""
        written = shown(value) if isinstance(value, int) else value
        if isinstance(written, str) and re.fullmatch(r"-?[1-9][0-9]{0,18}|@[A-Za-z][A-Za-z0-9_]{3,31}", written):
            return written
        raise ValueError(f"{shown(value)} is not a chat: write its number, as in -1001234567890, or a channel's @name")


class FilePath(Parser):
    """The path of a file or folder. Whether anything is there is for its user to find out."""

    def __call__(self, value: object) -> Path:
        """Return the path."""
        written = os.fspath(value) if isinstance(value, os.PathLike) else value
        if isinstance(written, str) and written.strip() and written.isprintable():
            return Path(written)
        raise ValueError(f'{shown(value)} is not a path: write it as text, as in "data"')


@dataclass(frozen=True)
class Url(Parser):
    """The address of a server. User and password in it are refused, and not shown: addresses are printed and logged."""

    schemes: tuple[str, ...]

    def __call__(self, value: object) -> str:
        """Return the address, without a slash at its end."""
        if isinstance(value, str) and value.isascii() and value.isprintable() and self._is_server(value):
            return value.rstrip("/")
        schemes = " or ".join(f"{scheme}://" for scheme in self.schemes)
        example = f"{self.schemes[0]}://127.0.0.1:9000"
        raise ValueError(f'this is not the address of a server: write {schemes}, host and port, as in "{example}"')

    def _is_server(self, address: str) -> bool:
        """Tell whether `address` is a known scheme and a host, perhaps with port and path, and nothing else."""
        if any(c in address for c in "@?# \\"):
            return False
        try:
            parts = urlsplit(address)
            return parts.scheme in self.schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, a bracket left open
            return False


class Secret(Parser):
    """A key or token. No refusal holds its value, only what is wrong with its form."""

    def __call__(self, value: object) -> SecretStr:
        """Return it wrapped, so that it cannot be printed by accident."""
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(secret, str) or not secret:
            raise ValueError("the secret is empty or not text: give it, or unset it")
        if len(secret) > SECRET_LENGTH_MAX or not secret.isascii() or not secret.isprintable() or " " in secret:
            form = f"one word of at most {SECRET_LENGTH_MAX} printable ASCII characters"
            raise ValueError(f"the secret is not {form}: check that it is the right one and was copied whole")
        return SecretStr(secret)


class SigningSecret(Secret):
    """The secret that requests are signed with: one word (HMAC), or an RSA private key as the text of its PEM file.

    Where a variable cannot hold line breaks they may be written as `\\n`.
    """

    def __call__(self, value: object) -> SecretStr:
        """Return it wrapped; a PEM text is taken as it is."""
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(secret, str) or not secret.startswith(_PEM_BEGIN):
            return super().__call__(value)
        pem = secret.replace("\\n", "\n").strip()
        plain = pem.isascii() and all(line.isprintable() for line in pem.splitlines())
        if not plain or len(pem) > PEM_LENGTH_MAX or not pem.endswith(_PEM_END):
            raise ValueError("the secret is no whole PEM text: check that the file was copied to its last line")
        return SecretStr(pem)
