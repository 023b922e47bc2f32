"""Where the records are, read without the whole configuration: three keys, where they are plain and nothing is odd.

Loading all settings takes 50 ms, a sixth of what a look may take. Whatever is not as plain as it can be (another
variable of ours, a secrets directory, a value of another form, a file that is no TOML) is left to the settings, which
know what is wrong with it and say so.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from capi.core.value import value

FILE_NAME: Final = "capi.toml"
STATE_DIR, SYMBOL, ENVIRONMENT = "data", "BTCUSDT", "testnet"
"""The defaults of state_dir, symbol and exchange.environment."""
_SYMBOL: Final = re.compile(r"[A-Z0-9]{5,20}")
_PATH: Final = re.compile(r"[\w./-]+( [\w./-]+)*")
_ENVIRONMENTS: Final = ("testnet", "mainnet")
_SECRETS: Final = frozenset({"CAPI_EXCHANGE__API_KEY", "CAPI_EXCHANGE__API_SECRET", "CAPI_TELEGRAM__TOKEN"})
_BYTES_MAX: Final = 1 << 20


@value
class Place:
    """Three keys of the configuration; `state_dir` is absolute."""

    state_dir: Path
    symbol: str
    environment: str


def plain_place(config: Path | None) -> Place | None:
    """Return what the configuration says, or None where the settings have to be asked."""
    if any(name.upper().startswith("CAPI_") and name not in _SECRETS for name in os.environ):
        return None
    if os.environ.get("CREDENTIALS_DIRECTORY"):
        return None
    path = Path(FILE_NAME) if config is None else config
    document = _document(path)
    if document is None and (config is not None or os.path.lexists(path)):
        return None
    return _place(document or {}, path)


def _document(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(_BYTES_MAX).decode())
    except (OSError, ValueError, RecursionError):
        return None


def _place(document: dict[str, Any], path: Path) -> Place | None:
    exchange = document.get("exchange", {})
    if not isinstance(exchange, dict):
        return None
    state_dir, symbol = document.get("state_dir", STATE_DIR), document.get("symbol", SYMBOL)
    environment = exchange.get("environment", ENVIRONMENT)
    if not isinstance(state_dir, str) or not _PATH.fullmatch(state_dir):
        return None
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol) or environment not in _ENVIRONMENTS:
        return None
    try:
        folder = path.absolute().parent
    except OSError:
        return None
    return Place(state_dir=folder / state_dir, symbol=symbol, environment=environment)
