"""The one error that a configuration can raise."""


class ConfigError(Exception):
    """The configuration cannot be used. Its text is for the operator: a line for each problem, with key and cure.

    It never holds the value of a secret.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
