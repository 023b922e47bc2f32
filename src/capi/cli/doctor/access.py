"""Checks of the way to the exchange: environment, clock, key, what the account may do, its modes, its budget."""

import time
from typing import Final

from returns.pipeline import is_successful

from capi import bootstrap
from capi.adapters.binance.clock import NS_PER_MS
from capi.adapters.binance.connector import CredentialsError
from capi.adapters.binance.wire_inquiry import KeyRights
from capi.cli.doctor.finding import Concluded, Finding, green, red, yellow
from capi.cli.doctor.visit import SEE_ABOVE, Visit, needed
from capi.cli.output import iso

OFFSET_MS_MAX: Final = 1000
"""capi corrects any offset; a machine whose clock is off by more is not set by anything."""
USED_SHARE_MAX: Final = 0.5
"""Of the minute's weight, by whoever else is at this address: capi needs a third of it without streams."""


def keys(visit: Visit) -> Finding:
    """Are there a key and a secret to sign with?"""
    exchange = visit.settings.exchange
    names = [name for name in ("api_key", "api_secret") if getattr(exchange, name) is None]
    missing = " and ".join(f"CAPI_EXCHANGE__{name.upper()}" for name in names)
    try:
        visit.inquiry = bootstrap.live_inquiry(visit.settings)
    except CredentialsError as error:
        return red(str(error), f"set the key and the secret of {exchange.environment} anew")
    if missing:
        cure = f"set the key and the secret of {exchange.environment} in the environment, or as …_FILE"
        return red(f"{missing} not set", cure)
    return green("key and secret are set")


def environment(visit: Visit) -> Finding:
    """Which exchange is meant?"""
    settings, exchange = visit.settings, visit.settings.exchange
    found = f"{exchange.environment} at {bootstrap.live_url(settings)}"
    if (exchange.rest_url is None) != (exchange.stream_url is None):
        only, other = ("rest_url", "stream_url") if exchange.stream_url is None else ("stream_url", "rest_url")
        return yellow(
            f"{found}; exchange.{only} is set and exchange.{other} is not, so half of it is another exchange",
            f"set exchange.{other} as well, or neither",
        )
    return green(f"{found}: real money" if exchange.environment == "mainnet" else found)


def reachable(visit: Visit) -> Finding:
    """Does the exchange answer?"""
    inquiry = needed(visit.inquiry, "keys that can sign")
    until_ms = visit.silent_until_ms
    if until_ms is not None:
        found = f"not asked: the exchange wants silence until {iso(until_ms)} (429 or 418)"
        return red(found, "start again after that: asking earlier makes it longer")
    visit.round_trip_ms = visit.answer(inquiry.measure_clock(), vital=True)
    return green(f"answers in {visit.round_trip_ms} ms")


def clock(visit: Visit) -> Finding:
    """Can requests be signed for a time that the exchange accepts?"""
    inquiry = visit.exchange()
    round_trip_ms, window_ms = needed(visit.round_trip_ms, "a round trip"), visit.settings.exchange.recv_window_ms
    offset_ms = time.time_ns() // NS_PER_MS - inquiry.clock.now_ms()
    found = (
        f"this machine is {abs(offset_ms)} ms {'ahead' if offset_ms > 0 else 'behind'}, round trip {round_trip_ms} ms"
    )
    if round_trip_ms >= window_ms:
        cure = f"raise exchange.recv_window_ms (now {window_ms}) above it, or see to the network"
        return red(f"{found}: requests arrive too late to be accepted", cure)
    if round_trip_ms * 2 >= window_ms:
        cure = f"raise exchange.recv_window_ms (now {window_ms}), or see to the network"
        return yellow(f"{found}: a slow answer will be refused", cure)
    if abs(offset_ms) > OFFSET_MS_MAX:
        return yellow(f"{found}: capi corrects it, logs and files will be off", "have the clock set by NTP")
    return green(found)


def key(visit: Visit) -> Finding:
    """Does the exchange accept key, secret and address?"""
    inquiry = visit.exchange()
    exchange = visit.settings.exchange
    if exchange.api_key is None or exchange.api_secret is None:
        raise Concluded(yellow("not checked: it needs a key and a secret", SEE_ABOVE))
    visit.account_config = visit.answer(inquiry.account_config(), vital=True)
    return green(f"accepted by {exchange.environment}")


def rights(visit: Visit) -> Finding:
    """May the account trade?"""
    inquiry = visit.account()
    may_trade = needed(visit.account_config, "the account's rights").can_trade
    if may_trade is False:
        cure = "let the key trade futures, or ask Binance why the account may not; a stop could not be placed either"
        return red("the account may not trade (canTrade is false)", cure)
    if may_trade is None:
        return yellow("the exchange does not say whether the account may trade", "try on the testnet first")
    told = inquiry.key_rights()
    if told is None:
        return green("may trade; what else the key may do is not told here: let it withdraw nothing")
    if not is_successful(told):
        cure = "see at Binance (API management) that the key may not withdraw, and from which addresses it works"
        return yellow("may trade; what the key may do besides could not be asked", cure)
    return _of_key(told.unwrap())


def _of_key(told: KeyRights) -> Finding:
    if not told.trades_futures:
        return red("the key may not trade futures", "enable futures for it at Binance (API management)")
    if told.withdraws:
        cure = "take that right from it at Binance (API management): capi never needs it, a thief would"
        return yellow("may trade; and the key may withdraw", cure)
    if not told.only_from_listed_addresses:
        cure = "list this machine's address at Binance (API management), and no other"
        return yellow("may trade, from any address of the world", cure)
    return green("may trade, cannot withdraw, works from listed addresses alone")


def account(visit: Visit) -> Finding:
    """Is it the account that the ledger is of?"""
    alias, known = visit.answer(visit.account().account_alias()), visit.ledgers_account
    if alias is None or known is None:
        return green(f"{alias or 'the exchange does not tell its name'}; no ledger of another one is here")
    if alias != known:
        cure = f"use the key of {known}, or give this account a state_dir of its own"
        return red(f"the key is of account {alias}, the ledger here of account {known}", cure)
    return green(f"{alias}, as in the ledger")


def position_mode(visit: Visit) -> Finding:
    """Is the account in one-way mode?"""
    visit.account()
    if needed(visit.account_config, "the account's modes").position_mode == "hedge":
        cure = "switch it to one-way mode, with no position open (Binance: futures settings, position mode)"
        return red("the account is in hedge mode, in which our orders mean something else", cure)
    return green("one-way")


def asset_mode(visit: Visit) -> Finding:
    """Is the account in single-asset mode?"""
    visit.account()
    if needed(visit.account_config, "the account's modes").multi_assets:
        cure = "switch it to single-asset mode, with no position open (Binance: futures settings, asset mode)"
        return red("the account is in multi-assets mode, in which all positions share one margin", cure)
    return green("single-asset")


def locks(visit: Visit) -> Finding:
    """Does the exchange hold the account's trading back?"""
    locked = visit.answer(visit.account().locks())
    if not locked:
        return green("the account's trading is not locked")
    told = ", ".join(
        f"{lock.of} by {lock.indicator}" + ("" if lock.until_ms is None else f" until {iso(lock.until_ms)}")
        for lock in locked
    )
    return yellow(f"locked: {told}; entries will be refused", "wait, and see Binance's page on quantitative rules")


def budget(visit: Visit) -> Finding:
    """Is there enough request weight left at this address?"""
    window = visit.exchange().weight
    found = f"{window.used} of {window.limit} request weight used in this minute at this address"
    if window.used > window.limit * USED_SHARE_MAX:
        return yellow(found, "let the other programs at this address ask less, or give capi an address of its own")
    return green(found)
