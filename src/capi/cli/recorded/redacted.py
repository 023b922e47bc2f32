"""What must not leave the machine: the secrets of the configuration, by their values, wherever they may stand.

The configuration is written without them by their type. In all other text their values are searched for, so that not
even what somebody else's program wrote into a file carries one along.
"""

import json
from typing import Final

from pydantic import SecretStr

from capi.settings import Settings
from capi.settings.keys import keys

MARK: Final = "[redacted]"
_LENGTH_MIN: Final = 4
"""A shorter secret opens nothing, and would take half of a text with it."""


class Redaction:
    """Takes secrets out of text, and counts how many it took."""

    def __init__(self, secrets: frozenset[str]) -> None:
        spelt = {form for secret in secrets for form in _spellings(secret) if len(form) >= _LENGTH_MIN}
        self._spelt: Final = sorted(spelt, key=len, reverse=True)
        self.taken = 0

    def of(self, text: str) -> str:
        """Return text without any secret."""
        for secret in self._spelt:
            if secret in text:
                self.taken += text.count(secret)
                text = text.replace(secret, MARK)
        return text


def secrets_of(settings: Settings) -> frozenset[str]:
    """Return the values of all secrets that are set."""
    found = (_value(settings, key) for key in keys())
    return frozenset(it.get_secret_value() for it in found if isinstance(it, SecretStr))


def _value(settings: Settings, key: str) -> object:
    it: object = settings
    for name in key.split("."):
        it = getattr(it, name)
    return it


def _spellings(secret: str) -> set[str]:
    """Return a secret as text and JSON spell it; of one with several lines (a private key) each line too."""
    lines = {line for line in secret.splitlines() if not line.startswith("-----")}
    return {secret, json.dumps(secret)[1:-1], *lines}
