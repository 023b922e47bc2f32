"""What the served exchange answers when it does not carry something out: an HTTP status and a body."""

from typing import Any

from capi.cli.serve.texts import TEXTS
from capi.core.errors import Rejected

Json = dict[str, Any] | list[Any]


class WireError(Exception):
    """A refusal. Binance's code and text in the body, the HTTP status beside it; section 5 of the facts."""

    def __init__(self, code: int, message: str, status: int = 400, retry_after_seconds: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    @property
    def body(self) -> dict[str, Any]:
        """Return what stands in the answer."""
        return {"code": self.code, "msg": self.message}


def missing(name: str) -> WireError:
    """Return the refusal of a request without a mandatory parameter."""
    return WireError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def invalid(name: str) -> WireError:
    """Return the refusal of a value that makes no sense."""
    return WireError(-1130, f"Data sent for parameter '{name}' is not valid.")


def refused(rejected: Rejected) -> WireError:
    """Return the matching engine's refusal as it goes over the wire, in the exchange's own words if known."""
    return WireError(rejected.code, TEXTS.get(rejected.code, rejected.message))
