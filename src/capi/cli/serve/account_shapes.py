"""Money and positions as REST answers tell them (facts, section 2.4)."""

from typing import Any, Final

from capi.cli.serve.margins import Margins
from capi.cli.serve.numbers import fixed, quantity_digits, rounded
from capi.cli.serve.venue import Venue
from capi.core.units import plain, text

MAX_NOTIONAL: Final = "40000000"
"""USDT. There is one bracket, and the paper exchange does not check it."""


def balance(venue: Venue, name: str, sums: Margins) -> dict[str, Any]:
    """Return one asset of GET balance."""
    return {
        "accountAlias": venue.modes.alias,
        "asset": name,
        "balance": fixed(sums.wallet, 8),
        "crossWalletBalance": fixed(sums.cross_wallet, 8),
        "crossUnPnl": fixed(sums.cross_profit, 8),
        "availableBalance": fixed(sums.available, 8),
        "maxWithdrawAmount": fixed(sums.available, 8),
        "marginAvailable": True,
        "updateTime": venue.postings.changed_ms,
    }


def totals(sums: Margins) -> dict[str, Any]:
    """Return the sums of GET account."""
    return {
        "totalInitialMargin": rounded(sums.initial + sums.orders),
        "totalMaintMargin": rounded(sums.maintenance),
        "totalWalletBalance": rounded(sums.wallet),
        "totalUnrealizedProfit": rounded(sums.unrealised),
        "totalMarginBalance": rounded(sums.equity),
        "totalPositionInitialMargin": rounded(sums.initial),
        "totalOpenOrderInitialMargin": rounded(sums.orders),
        "totalCrossWalletBalance": rounded(sums.cross_wallet),
        "totalCrossUnPnl": rounded(sums.cross_profit),
        "availableBalance": rounded(sums.available),
        "maxWithdrawAmount": rounded(sums.available),
    }


def asset(venue: Venue, name: str, sums: Margins) -> dict[str, Any]:
    """Return one asset of GET account."""
    return {
        "asset": name,
        "walletBalance": rounded(sums.wallet),
        "unrealizedProfit": rounded(sums.unrealised),
        "marginBalance": rounded(sums.equity),
        "maintMargin": rounded(sums.maintenance),
        "initialMargin": rounded(sums.initial + sums.orders),
        "positionInitialMargin": rounded(sums.initial),
        "openOrderInitialMargin": rounded(sums.orders),
        "crossWalletBalance": rounded(sums.cross_wallet),
        "crossUnPnl": rounded(sums.cross_profit),
        "availableBalance": rounded(sums.available),
        "maxWithdrawAmount": rounded(sums.available),
        "updateTime": venue.postings.changed_ms,
    }


def account_position(venue: Venue, sums: Margins) -> dict[str, Any]:
    """Return the position of GET account v3."""
    return {
        "symbol": venue.instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instrument)),
        "unrealizedProfit": rounded(sums.unrealised),
        "isolatedMargin": rounded(sums.isolated_margin),
        "notional": rounded(sums.notional),
        "isolatedWallet": rounded(sums.isolated),
        "initialMargin": rounded(sums.initial + sums.orders),
        "maintMargin": rounded(sums.maintenance),
        "updateTime": venue.position_ms,
    }


def account_position_v2(venue: Venue, symbol: str, sums: Margins) -> dict[str, Any]:
    """Return a symbol's position of GET account v2."""
    own = symbol == venue.instrument.symbol
    return {
        "symbol": symbol,
        "initialMargin": rounded(sums.initial + sums.orders),
        "maintMargin": rounded(sums.maintenance),
        "unrealizedProfit": rounded(sums.unrealised),
        "positionInitialMargin": rounded(sums.initial),
        "openOrderInitialMargin": rounded(sums.orders),
        "notional": rounded(sums.notional),
        "isolatedWallet": rounded(sums.isolated),
        "leverage": str(venue.leverage_of(symbol)),
        "isolated": venue.margin_mode_of(symbol) == "isolated",
        "entryPrice": fixed(plain(sums.entry_price), 1),
        "breakEvenPrice": fixed(plain(sums.break_even_price), 1),
        "maxNotional": MAX_NOTIONAL,
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instruments[symbol])),
        "updateTime": venue.position_ms if own else 0,
    }


def position(venue: Venue, sums: Margins) -> dict[str, Any]:
    """Return the position of GET positionRisk v3."""
    return {
        "symbol": venue.instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instrument)),
        "entryPrice": fixed(plain(sums.entry_price), 1),
        "breakEvenPrice": fixed(plain(sums.break_even_price), 1),
        "markPrice": fixed(sums.mark, 8),
        "unRealizedProfit": rounded(sums.unrealised),
        "liquidationPrice": fixed(sums.liquidation_price, 0),
        "isolatedMargin": text(plain(sums.isolated_margin)),
        "notional": text(plain(sums.notional)),
        "marginAsset": "USDT",
        "isolatedWallet": text(plain(sums.isolated)),
        "initialMargin": text(plain(sums.initial + sums.orders)),
        "maintMargin": text(plain(sums.maintenance)),
        "positionInitialMargin": text(plain(sums.initial)),
        "openOrderInitialMargin": text(plain(sums.orders)),
        "adl": 2 if sums.qty else 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": venue.position_ms,
    }


def position_v2(venue: Venue, symbol: str, sums: Margins) -> dict[str, Any]:
    """Return a symbol's position of GET positionRisk v2."""
    own = symbol == venue.instrument.symbol
    return {
        "symbol": symbol,
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instruments[symbol])),
        "entryPrice": fixed(plain(sums.entry_price), 1),
        "breakEvenPrice": fixed(plain(sums.break_even_price), 1),
        "markPrice": fixed(sums.mark, 8),
        "unRealizedProfit": rounded(sums.unrealised),
        "liquidationPrice": fixed(sums.liquidation_price, 0),
        "leverage": str(venue.leverage_of(symbol)),
        "maxNotionalValue": MAX_NOTIONAL,
        "marginType": venue.margin_mode_of(symbol),
        "isolatedMargin": rounded(sums.isolated_margin),
        "isAutoAddMargin": "false",
        "positionSide": "BOTH",
        "notional": text(plain(sums.notional)),
        "isolatedWallet": text(plain(sums.isolated)),
        "updateTime": venue.position_ms if own else 0,
    }
