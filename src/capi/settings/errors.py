"""The one error that a configuration can raise."""

from typing import Final


class ConfigError(Exception):
    """The configuration cannot be used. Its text is for the operator: a line for each problem, with key and cure.

    It never holds the value of a secret. A command that meets it ends with `exit_status`.
    """

    exit_status: Final = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
