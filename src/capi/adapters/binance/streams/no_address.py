"""Why a line cannot be connected: there is no address to connect to."""


class NoAddressError(Exception):
    """There is no address to connect to now; the message says why, without a secret."""
