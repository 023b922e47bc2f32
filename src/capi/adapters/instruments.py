"""Filters and fees of a symbol: a small built-in table for replays, or the exchange's own exchangeInfo as a file.

The exchange changes filters without notice: live trading loads them itself, and a replay that has to match a given day
takes that day's exchangeInfo. Numbers are read exactly; a filter that is missing is an error, never a neutral value.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi.adapters.fields import inside
from capi.core.account import Instrument
from capi.core.units import ONE, plain

MAKER_FEE: Final = Decimal("0.0002")
TAKER_FEE: Final = Decimal("0.0005")
"""Until `with_fees`: the account's fees are configuration, not a property of the symbol."""
MAINTENANCE_MARGIN: Final = Decimal("0.004")
"""The first bracket of the large symbols; exchangeInfo does not tell it."""
_BAND: Final = Decimal("0.05")
_FILE_BYTES_MAX: Final = 64 * 1024 * 1024
_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?([eE]-[0-9]{1,2})?")


class InstrumentError(Exception):
    """There are no filters for this symbol. The message is one sentence: what, where, what to do."""


def _known(  # prices in USDT, quantities in base; None: the bound is not known and not checked
    symbol: str, tick: str, step: str, min_notional: int, max_qty: int | None = None, market_max_qty: int | None = None
) -> Instrument:
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(tick),
        step_size=Decimal(step),
        min_qty=Decimal(step),
        max_qty=None if max_qty is None else Decimal(max_qty),
        market_max_qty=None if market_max_qty is None else Decimal(market_max_qty),
        min_notional=Decimal(min_notional),
        price_band_up=_BAND,
        price_band_down=_BAND,
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
        maintenance_margin=MAINTENANCE_MARGIN,
    )


INSTRUMENTS: Final[Mapping[str, Instrument]] = {
    it.symbol: it
    for it in (
        _known("BTCUSDT", "0.1", "0.001", 50, 1000, 120),
        _known("ETHUSDT", "0.01", "0.001", 20),
        _known("SOLUSDT", "0.01", "0.01", 5),
        _known("DOGEUSDT", "0.00001", "1", 5),
        _known("1000PEPEUSDT", "0.0000001", "1", 5),
    )
}
"""As the exchange had them in September 2026."""


def instrument_for(symbol: str) -> Instrument:
    """Return the built-in filters of `symbol`. InstrumentError: it is not in the table."""
    if found := INSTRUMENTS.get(symbol):
        return found
    known = ", ".join(INSTRUMENTS)
    raise InstrumentError(
        f"symbol {symbol!r} is not built in (known: {known}): give its exchangeInfo with --instrument FILE."
    )


def with_fees(instrument: Instrument, maker: Decimal, taker: Decimal) -> Instrument:
    """Return the instrument with the account's fees, as fractions: 0.0002 is 0.02 %."""
    return replace(instrument, maker_fee=maker, taker_fee=taker)


def read_exchange_info(path: Path, symbol: str) -> Instrument:
    """Return the filters of `symbol` from a file: the answer of GET /fapi/v1/exchangeInfo, or one symbol's entry of it.

    InstrumentError: unreadable, no JSON, and whatever `instrument_in` says.
    """
    return instrument_in(_document(path), symbol, str(path))


def instrument_in(document: object, symbol: str, source: str) -> Instrument:
    """Return the filters of `symbol` from an exchangeInfo whose numbers are still text; `source` names it in errors.

    Fields that are not known are passed over. A MARKET order obeys both quantity filters, so the narrower bounds count.
    InstrumentError: another symbol, or a filter that is missing or makes no sense.
    """
    where = f"{source}: {symbol}"
    entry = entry_of(document, symbol, source)
    filters = entry.get("filters")
    if not isinstance(filters, list):
        raise _error(where, "has no list of filters", "give an unshortened exchangeInfo")
    by_type = {it["filterType"]: it for it in filters if isinstance(it, dict) and isinstance(it.get("filterType"), str)}

    def number(filter_type: str, key: str) -> Decimal:
        return _number(by_type.get(filter_type), f"{filter_type}.{key}", key, where)

    max_qty = number("LOT_SIZE", "maxQty")
    market_max_qty = min(max_qty, number("MARKET_LOT_SIZE", "maxQty"))
    up, down = number("PERCENT_PRICE", "multiplierUp"), number("PERCENT_PRICE", "multiplierDown")
    if not down < ONE < up:
        raise _error(where, f"has a PERCENT_PRICE band from {down} to {up} that does not enclose 1", "check the file")
    return Instrument(
        symbol=symbol,
        tick_size=number("PRICE_FILTER", "tickSize"),
        step_size=number("LOT_SIZE", "stepSize"),
        min_qty=max(number("LOT_SIZE", "minQty"), number("MARKET_LOT_SIZE", "minQty")),
        max_qty=max_qty,
        market_max_qty=market_max_qty,
        min_notional=number("MIN_NOTIONAL", "notional"),
        price_band_up=up - ONE,
        price_band_down=ONE - down,
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
        maintenance_margin=MAINTENANCE_MARGIN,
    )


def _document(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            content = stream.read(_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be read ({error.strerror or error}): check path and rights.") from error
    if len(content) > _FILE_BYTES_MAX:
        raise InstrumentError(f"{path}: is larger than {_FILE_BYTES_MAX} bytes: this is no exchangeInfo.")
    try:
        return json.loads(content, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InstrumentError(f"{path}: is no JSON ({error}): give the answer of GET /fapi/v1/exchangeInfo.") from error


def entry_of(document: Any, symbol: str, source: str) -> dict[str, Any]:
    """Return the symbol's entry of an exchangeInfo. InstrumentError: it has none."""
    listed = document.get("symbols", [document]) if isinstance(document, dict) else document
    entries = [it for it in listed if isinstance(it, dict) and "symbol" in it] if isinstance(listed, list) else []
    if wanted := next((it for it in entries if it["symbol"] == symbol), None):
        return wanted
    found = ", ".join(inside("", str(it["symbol"])) for it in entries[:5]) or "no symbol"
    raise _error(source, f"has no symbol {symbol!r} (found: {found})", "give the exchangeInfo that lists it")


def _number(found: dict[str, Any] | None, name: str, key: str, where: str) -> Decimal:
    text = found.get(key) if found is not None else None
    if not isinstance(text, str):
        raise _error(where, f"has no {name}", "give an unshortened exchangeInfo")
    if not _NUMBER.fullmatch(text) or not (value := Decimal(text)):
        raise _error(where, f"has {name} {text[:50]!r}, which is no number above zero", "check the file")
    return plain(value)


def _error(where: str, what: str, cure: str) -> InstrumentError:
    return InstrumentError(f"{where} {what}: {cure}.")
