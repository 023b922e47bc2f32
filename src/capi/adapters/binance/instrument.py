"""The symbol's filters, fees and maintenance margin, put together from three slow parts.

Filters are read again every hour, and at once when the exchange refuses an order for one of them.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from returns.result import Result

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.limits import Budget
from capi.adapters.binance.parts import Part
from capi.adapters.binance.rows import Row
from capi.adapters.binance.wire_account import Bracket, read_brackets, read_fees
from capi.adapters.fields import POSITIVE, InputError, shown
from capi.adapters.instruments import InstrumentError, entry_of, instrument_in
from capi.core.account import Instrument
from capi.core.errors import ExchangeError

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
SOURCE: Final = "exchangeInfo"


class InstrumentParts:
    """What `Look.instrument` is made of."""

    def __init__(self, client: Client, calls: Calls, budget: Budget, symbol: str) -> None:
        self._client: Final = client
        self._calls: Final = calls
        self._budget: Final = budget
        self._symbol: Final = symbol
        self.filters: Final = Part("the filters", self._read_filters, every_ms=HOUR_MS, tolerance_ms=DAY_MS)
        self.fees: Final = Part(
            "the fees", lambda: client.ask(calls.fees(), read_fees), every_ms=6 * HOUR_MS, tolerance_ms=2 * DAY_MS
        )
        self.brackets: Final = Part(
            "the leverage brackets",
            lambda: client.ask(calls.brackets(), lambda answer: read_brackets(answer, symbol)),
            every_ms=6 * HOUR_MS,
            tolerance_ms=2 * DAY_MS,
        )
        self._not_trading: str | None = None

    @property
    def parts(self) -> "tuple[Part[Instrument], Part[tuple[Decimal, Decimal]], Part[list[Bracket]]]":
        """Return the three parts."""
        return self.filters, self.fees, self.brackets

    def value(self, notional: Decimal) -> Instrument | None:
        """Return the instrument for positions of up to `notional` USDT; None: the filters were never read.

        While fees or brackets were not, those of an account without discounts stand in: a stop has to go out all the
        same, and the gap that the parts tell of keeps entries closed.
        """
        instrument, fees, brackets = self.filters.value, self.fees.value, self.brackets.value
        if instrument is not None and fees is not None:
            instrument = replace(instrument, maker_fee=fees[0], taker_fee=fees[1])
        if instrument is not None and brackets is not None:
            instrument = replace(instrument, maintenance_margin=maintenance_margin_of(brackets, notional))
        return instrument

    @property
    def not_trading(self) -> str | None:
        """Return why the symbol is not open for trading, or None when it is."""
        return self._not_trading

    def _read_filters(self) -> Result[Instrument, ExchangeError]:
        return self._client.ask(self._calls.exchange_info(), self._read_exchange_info)

    def _read_exchange_info(self, answer: object) -> Instrument:
        try:
            entry = entry_of(answer, self._symbol, SOURCE)
            instrument = instrument_in(answer, self._symbol, SOURCE)
        except InstrumentError as error:
            raise InputError(str(error)) from error
        row = Row(entry, f"{SOURCE}: {self._symbol}")
        status, contract, margin = row.text("status"), row.text("contractType"), row.text("marginAsset")
        if margin != "USDT":
            raise InputError(f"{SOURCE}: {self._symbol} is margined in {shown(margin)}; capi trades what USDT margins")
        open_for_trading = status == "TRADING" and contract == "PERPETUAL"
        self._not_trading = None if open_for_trading else f"{self._symbol} is {contract} with status {status}"
        self._budget.set_limits(**read_limits(answer))
        return instrument


def maintenance_margin_of(brackets: list[Bracket], notional: Decimal) -> Decimal:
    """Return the rate of the bracket that a notional falls into; beyond the last one, the last one's."""
    for bracket in brackets:
        if notional <= bracket.cap:
            return bracket.maintenance_margin
    return brackets[-1].maintenance_margin


def read_limits(answer: object) -> dict[str, int | None]:
    """Return the host's own limits; one that is not listed stays as it is."""
    spans = {
        ("REQUEST_WEIGHT", "MINUTE", 1): "weight",
        ("ORDERS", "SECOND", 10): "orders_10s",
        ("ORDERS", "MINUTE", 1): "orders_1m",
    }
    limits: dict[str, int | None] = dict.fromkeys(spans.values())
    for row in Row(answer, SOURCE).rows("rateLimits"):
        span = (row.text("rateLimitType"), row.text("interval"), row.whole("intervalNum", POSITIVE))
        if span in spans:
            limits[spans[span]] = row.whole("limit", POSITIVE)
    return limits
