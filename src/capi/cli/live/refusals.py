"""Why a live command cannot begin: cause and cure in one sentence, and the exit status that goes with it."""

from typing import Final, NoReturn, assert_never

from capi import bootstrap
from capi.adapters.binance.errors import LOCATION_STATUS
from capi.adapters.binance.wire_account import AccountConfig
from capi.cli.output import FAILED, REFUSED, USAGE, fail, iso
from capi.core.errors import (
    ClockSkewed,
    ExchangeError,
    NotAuthorised,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from capi.settings import Settings

UNKNOWN_SYMBOL: Final = -1121
ELSEWHERE: Final = "no key cures that: run capi where Binance serves its futures"
_KEYS: Final = ("API_KEY", "API_SECRET")


def refuse_mainnet_without_live(settings: Settings, *, live: bool) -> None:
    """End when real money is configured and not asked for."""
    if settings.exchange.environment == "mainnet" and not live:
        cure = 'add --live if you mean it, or set exchange.environment = "testnet"'
        fail(f'exchange.environment is "mainnet", which is real money: {cure}', REFUSED)


def refuse_missing_keys(settings: Settings) -> None:
    """End when there is nothing to sign with."""
    missing = [name for name in _KEYS if getattr(settings.exchange, name.lower()) is None]
    if missing:
        names = " and ".join(f"CAPI_EXCHANGE__{name}" for name in missing)
        place = settings.exchange.environment
        fail(f"{names} not set: set the key and the secret of {place} in the environment, or as …_FILE", USAGE)


def refuse_by_error(error: ExchangeError, settings: Settings) -> NoReturn:
    """End because the exchange could not be read."""
    url = bootstrap.live_url(settings)
    match error:
        case NotAuthorised(code=code, message=message) if code == LOCATION_STATUS:
            fail(f"{url} serves nobody from here ({message}): {ELSEWHERE}", USAGE)
        case NotAuthorised(code=code, message=message):
            cure = (
                "check that CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET are of "
                f"{settings.exchange.environment}, may trade futures, and allow this machine's address"
            )
            fail(f"{url} does not accept the key (code {code}: {message}): {cure}", USAGE)
        case Rejected(code=code, message=message) if code == UNKNOWN_SYMBOL:
            fail(f"{url} does not know {settings.symbol} ({message}): correct symbol", USAGE)
        case Rejected(code=code, message=message):
            fail(f"{url} refuses to tell of the account (code {code}: {message}): see to what it says", FAILED)
        case Throttled(until_ms=until_ms, message=message):
            fail(f"{url} takes no requests until {iso(until_ms)} ({message}): start again after that", FAILED)
        case ClockSkewed(message=message):
            fail(f"{url} does not accept our time ({message}): have this machine's clock set by NTP", FAILED)
        case Unavailable(message=message) | OutcomeUnknown(message=message):
            fail(f"{url}: {message}; see to network and exchange.rest_url, and start again", FAILED)
        case _:
            assert_never(error)


def refuse_account_modes(modes: AccountConfig) -> None:
    """End when the account is in a mode in which our orders would mean something else."""
    if modes.position_mode == "hedge":
        fail(
            "the account is in hedge mode: switch it to one-way mode (Binance: futures settings, position mode)",
            REFUSED,
        )
    if modes.multi_assets:
        cure = "switch it to single-asset mode (Binance: futures settings, asset mode)"
        fail(f"the account is in multi-assets mode, in which all positions share one margin: {cure}", REFUSED)
    if modes.can_trade is False:
        cure = "give the key the right to trade futures, or ask the exchange why the account may not"
        fail(f"the key may read the account and not trade on it (canTrade is false): {cure}", REFUSED)
