"""What the exchange tells of a symbol's listing, of a key's rights and of an account's locks, in our types.

Source: binance-usdm facts, sections 2.1 and 2.5; for a key's rights Binance's wallet API, apiRestrictions.
"""

from typing import Final

from capi.adapters.binance.instrument import SOURCE, read_limits
from capi.adapters.binance.rows import Row
from capi.adapters.fields import InputError, table
from capi.adapters.instruments import InstrumentError, instrument_in
from capi.core.account import Instrument
from capi.core.value import record, value

TRADING: Final = "TRADING"
PERPETUAL: Final = "PERPETUAL"


@value
class Listing:
    """A symbol as exchangeInfo lists it. `problem`: why `instrument` is None, when its filters cannot be used."""

    status: str
    contract: str
    margin_asset: str
    instrument: Instrument | None
    problem: str | None
    limits: dict[str, int | None]  # of the host, as `Budget.set_limits` takes them


@value
class KeyRights:
    """What a key may do, beyond what its account may."""

    trades_futures: bool
    withdraws: bool
    only_from_listed_addresses: bool


@record
class Lock:
    """An indicator of apiTradingStatus that locks trading. `until_ms`: planned end, UTC ms; None: not told."""

    of: str  # the symbol, or ACCOUNT
    indicator: str
    until_ms: int | None


def read_listing(answer: object, symbol: str) -> Listing | None:
    """Return how a symbol is listed; None: it is not. Raises InputError."""
    row = next((row for row in Row(answer, SOURCE).rows("symbols") if row.text("symbol") == symbol), None)
    if row is None:
        return None
    instrument: Instrument | None = None
    problem: str | None = None
    try:
        instrument = instrument_in(answer, symbol, SOURCE)
    except InstrumentError as error:
        problem = str(error)
    return Listing(
        status=row.text("status"),
        contract=row.text("contractType"),
        margin_asset=row.text("marginAsset"),
        instrument=instrument,
        problem=problem,
        limits=read_limits(answer),
    )


def read_key_rights(answer: object) -> KeyRights:
    """Return what the wallet's apiRestrictions tells of the key that asks. Raises InputError."""
    row = Row(answer, "apiRestrictions")
    return KeyRights(
        trades_futures=row.flag("enableFutures"),
        withdraws=row.flag("enableWithdrawals"),
        only_from_listed_addresses=row.flag("ipRestrict"),
    )


def read_locks(answer: object) -> list[Lock]:
    """Return the indicators that are locked, of the symbol and of the account. Raises InputError."""
    if not isinstance(answer, dict):
        raise InputError("apiTradingStatus: not an object")
    told = Row(table(answer.get("indicators"), "apiTradingStatus.indicators"), "apiTradingStatus.indicators")
    return [
        Lock(of, row.text("indicator"), row.optional_whole("plannedRecoverTime"))
        for of in answer["indicators"]
        for row in told.rows(of)
        if row.flag("isLocked")
    ]
