"""Put a look together from what was read: what does not count any more is unknown, and a gap says so."""

from typing import Any, Final

from returns.result import Failure, Result, Success

from capi.adapters.binance.instrument import InstrumentParts
from capi.adapters.binance.look_parts import LookParts
from capi.adapters.binance.parts import Part
from capi.adapters.binance.sight import Sight
from capi.adapters.binance.volatility import Volatility
from capi.core.account import Market
from capi.core.errors import ExchangeError, Unavailable
from capi.core.units import ZERO
from capi.ports.exchange import Look
from capi.ports.market import Quote

_NOTHING_READ: Final = "neither position nor filters could be read"


def put_together(
    sight: Sight, parts: LookParts, instrument_parts: InstrumentParts, market: Market
) -> Result[Look, ExchangeError]:
    """Return the look, or why there is none: a key that may not, a clock that is wrong, no position, no filters."""
    if sight.fatal is not None:
        return Failure(sight.fatal)
    balance, account = sight.counted(parts.balance), sight.counted(parts.account_config)
    setting, position = sight.counted(parts.symbol_config), parts.position.value
    equity = ZERO if balance is None else balance.equity
    instrument = instrument_parts.value(equity * (1 if setting is None else setting.leverage))
    guarding: tuple[Part[Any], ...] = (parts.position, *instrument_parts.parts)
    if position is None or instrument is None:
        errors = (part.error for part in (parts.position, instrument_parts.filters) if part.value is None)
        return Failure(next((error for error in errors if error is not None), Unavailable(_NOTHING_READ)))
    for part in guarding:
        sight.counted(part)
    if instrument_parts.not_trading is not None:
        sight.gaps.append(instrument_parts.not_trading)
    return Success(
        Look(
            now_ms=sight.now_ms,
            equity=None if balance is None or not sight.equity_is_known else balance.equity,
            wallet=None if balance is None or not sight.wallet_is_known else balance.wallet,
            available=None if balance is None else balance.available,
            position_mode=None if account is None else account.position_mode,
            multi_assets=None if account is None else account.multi_assets,
            margin_mode=None if setting is None else setting.margin_mode,
            leverage=None if setting is None else setting.leverage,
            position=position,
            market=market,
            instrument=instrument,
            orders=tuple(sight.orders.values()),
            not_found=tuple(sight.not_found),
            fills=tuple(sight.fills),
            fundings=sight.fundings,
            transfers=sight.transfers,
            gaps=tuple(sight.gaps),
            stops_read="algo" not in sight.lists_missed,
        )
    )


def market_by_rest(sight: Sight, parts: LookParts, volatility: Volatility) -> Market:
    """Return the prices that were read; one that is too old is unknown."""
    book = sight.counted(parts.book)
    return Market(
        bid=None if book is None else book.bid,
        ask=None if book is None else book.ask,
        bid_qty=None if book is None else book.bid_qty,
        ask_qty=None if book is None else book.ask_qty,
        mark=sight.counted(parts.mark),
        last=sight.counted(parts.last),
        volatility=None if book is None else volatility.feed(sight.now_ms, book.bid, book.ask),
    )


def market_by_stream(quote: Quote, now_ms: int, volatility: Volatility) -> Market:
    """Return a stream's prices."""
    return Market(
        bid=quote.bid,
        ask=quote.ask,
        bid_qty=quote.bid_qty,
        ask_qty=quote.ask_qty,
        mark=quote.mark,
        last=quote.last,
        volatility=volatility.feed(now_ms, quote.bid, quote.ask),
    )
