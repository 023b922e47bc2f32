"""The endpoints that tell of money and positions (facts, sections 2.4 and 2.5)."""

from typing import Any, Final

from capi.cli.serve.errors import Json
from capi.cli.serve.margins import Margins, margins
from capi.cli.serve.numbers import fixed, quantity_digits, rounded
from capi.cli.serve.order_requests import known_symbol
from capi.cli.serve.order_routes import time_window
from capi.cli.serve.params import Params
from capi.cli.serve.venue import Venue
from capi.core.units import ZERO, plain, text

EMPTY_ASSETS: Final = ("BNB", "USDC")
"""Assets that every account lists, without a balance."""
INCOME_TYPES: Final = (
    "TRANSFER", "WELCOME_BONUS", "REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "INSURANCE_CLEAR", "REFERRAL_KICKBACK",
    "COMMISSION_REBATE", "API_REBATE", "CONTEST_REWARD", "CROSS_COLLATERAL_TRANSFER", "INTERNAL_TRANSFER",
    "AUTO_EXCHANGE", "DELIVERED_SETTELMENT", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "POSITION_LIMIT_INCREASE_FEE",
    "SPECIAL_FUNDING_FEE",
)  # fmt: skip


def balance(venue: Venue, params: Params) -> Json:
    """GET balance, v2 and v3."""
    sums = margins(venue)
    return [_balance(venue, "USDT", sums), *(_balance(venue, asset, None) for asset in EMPTY_ASSETS)]


def account_v3(venue: Venue, params: Params) -> Json:
    """GET account v3: positions only where there is one, or an open order."""
    sums = margins(venue)
    return {
        **_totals(sums),
        "assets": [_asset(venue, "USDT", sums), *(_asset(venue, asset, None) for asset in EMPTY_ASSETS)],
        "positions": [_account_position(venue, sums)] if _shown(venue, sums) else [],
    }


def account_v2(venue: Venue, params: Params) -> Json:
    """GET account v2: every symbol, with leverage and entry price, and what the account may do."""
    sums = margins(venue)
    positions = []
    for symbol in venue.instruments:
        own = symbol == venue.instrument.symbol
        positions.append(_account_position_v2(venue, symbol, sums if own else None))
    assets = [_asset(venue, "USDT", sums), *(_asset(venue, asset, None) for asset in EMPTY_ASSETS)]
    for asset in assets:
        asset["marginAvailable"] = True
    flags = {"feeTier": 0, "feeBurn": False, "canTrade": True, "canDeposit": True, "canWithdraw": True, "updateTime": 0}
    modes = {"multiAssetsMargin": venue.modes.multi_assets, "tradeGroupId": -1}
    return {**flags, **modes, **_totals(sums), "assets": assets, "positions": positions}


def positions_v3(venue: Venue, params: Params) -> Json:
    """GET positionRisk v3: nothing at all while flat without open orders."""
    sums = margins(venue)
    other = params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol
    return [] if other or not _shown(venue, sums) else [_position(venue, sums)]


def positions_v2(venue: Venue, params: Params) -> Json:
    """GET positionRisk v2: the flat symbol too, with leverage and margin type; some booleans are text."""
    symbols = [known_symbol(venue, params)] if params.maybe("symbol") is not None else list(venue.instruments)
    sums = margins(venue)
    return [_position_v2(venue, symbol, sums if symbol == venue.instrument.symbol else None) for symbol in symbols]


def income(venue: Venue, params: Params) -> Json:
    """GET income: what moved the wallet, oldest first."""
    if params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol:
        return []
    kind = params.choice("incomeType", INCOME_TYPES)
    start_ms, end_ms = time_window(venue, params) if "startTime" not in params.values else _open_window(venue, params)
    posted = [
        it
        for it in venue.income
        if kind in (None, it.kind)
        and start_ms <= it.at_ms <= end_ms
        and not (it.kind == "TRANSFER" and "symbol" in params.values)
    ]
    return [
        {
            "symbol": "" if it.kind == "TRANSFER" else venue.instrument.symbol,
            "incomeType": it.kind,
            "income": fixed(it.amount, 8),
            "asset": "USDT",
            "info": "" if it.kind == "REALIZED_PNL" else it.kind,
            "time": it.at_ms,
            "tranId": it.number,
            "tradeId": "" if it.trade_id is None else str(it.trade_id),
        }
        for it in posted[: params.limit(100, 1_000)]
    ]


def _open_window(venue: Venue, params: Params) -> tuple[int, int]:
    end = params.integer("endTime")
    return params.needed_integer("startTime"), venue.now_ms() if end is None else end


def _shown(venue: Venue, sums: Margins) -> bool:
    return bool(sums.qty) or bool(venue.book.worlds["plain"])


def _balance(venue: Venue, asset: str, sums: Margins | None) -> dict[str, Any]:
    wallet, cross, profit, free = (
        (ZERO, ZERO, ZERO, ZERO)
        if sums is None
        else (sums.wallet, sums.cross_wallet, ZERO if sums.isolated else sums.unrealised, sums.available)
    )
    return {
        "accountAlias": "paper",
        "asset": asset,
        "balance": fixed(wallet, 8),
        "crossWalletBalance": fixed(cross, 8),
        "crossUnPnl": fixed(profit, 8),
        "availableBalance": fixed(free, 8),
        "maxWithdrawAmount": fixed(free, 8),
        "marginAvailable": True,
        "updateTime": venue.balance_ms,
    }


def _totals(sums: Margins) -> dict[str, Any]:
    return {
        "totalInitialMargin": rounded(sums.initial + sums.orders),
        "totalMaintMargin": rounded(sums.maintenance),
        "totalWalletBalance": fixed(sums.wallet, 8),
        "totalUnrealizedProfit": rounded(sums.unrealised),
        "totalMarginBalance": rounded(sums.equity),
        "totalPositionInitialMargin": rounded(sums.initial),
        "totalOpenOrderInitialMargin": rounded(sums.orders),
        "totalCrossWalletBalance": fixed(sums.cross_wallet, 8),
        "totalCrossUnPnl": rounded(ZERO if sums.isolated else sums.unrealised),
        "availableBalance": rounded(sums.available),
        "maxWithdrawAmount": rounded(sums.available),
    }


def _asset(venue: Venue, asset: str, sums: Margins | None) -> dict[str, Any]:
    names = (
        "walletBalance", "unrealizedProfit", "marginBalance", "maintMargin", "initialMargin", "positionInitialMargin",
        "openOrderInitialMargin", "crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount",
    )  # fmt: skip
    if sums is None:
        return {"asset": asset, **dict.fromkeys(names, "0.00000000"), "updateTime": 0}
    profit = ZERO if sums.isolated else sums.unrealised
    values = (
        sums.wallet, sums.unrealised, sums.equity, sums.maintenance, sums.initial + sums.orders, sums.initial,
        sums.orders, sums.cross_wallet, profit, sums.available, sums.available,
    )  # fmt: skip
    told = {name: rounded(value) for name, value in zip(names, values, strict=True)}
    return {"asset": asset, **told, "updateTime": venue.balance_ms}


def _account_position(venue: Venue, sums: Margins) -> dict[str, Any]:
    return {
        "symbol": venue.instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instrument)),
        "unrealizedProfit": rounded(sums.unrealised),
        "isolatedMargin": rounded(sums.isolated + (sums.unrealised if sums.isolated else ZERO)),
        "notional": rounded(sums.notional),
        "isolatedWallet": rounded(sums.isolated),
        "initialMargin": rounded(sums.initial + sums.orders),
        "maintMargin": rounded(sums.maintenance),
        "updateTime": venue.position_ms,
    }


def _account_position_v2(venue: Venue, symbol: str, sums: Margins | None) -> dict[str, Any]:
    amounts = (
        "initialMargin", "maintMargin", "unrealizedProfit", "positionInitialMargin", "openOrderInitialMargin",
        "notional", "isolatedWallet",
    )  # fmt: skip
    values = (ZERO,) * len(amounts)
    if sums is not None:
        values = (
            sums.initial + sums.orders, sums.maintenance, sums.unrealised, sums.initial, sums.orders, sums.notional,
            sums.isolated,
        )  # fmt: skip
    return {
        "symbol": symbol,
        **{name: rounded(value) for name, value in zip(amounts, values, strict=True)},
        "leverage": str(venue.account.leverage if sums is not None else venue.state.config.leverage),
        "isolated": sums is not None and venue.account.margin_mode == "isolated",
        "entryPrice": text(plain(sums.entry_price)) if sums is not None else "0.0",
        "breakEvenPrice": rounded(sums.break_even_price) if sums is not None else "0.0",
        "maxNotional": MAX_NOTIONAL,
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty if sums is not None else ZERO, quantity_digits(venue.instruments[symbol])),
        "updateTime": venue.position_ms if sums is not None else 0,
    }


MAX_NOTIONAL: Final = "40000000"
"""USDT. There is one bracket, and the paper exchange does not check it."""


def _position(venue: Venue, sums: Margins) -> dict[str, Any]:
    isolated = sums.isolated + (sums.unrealised if sums.isolated else ZERO)
    return {
        "symbol": venue.instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": fixed(sums.qty, quantity_digits(venue.instrument)),
        "entryPrice": fixed(plain(sums.entry_price), 1),
        "breakEvenPrice": fixed(plain(sums.break_even_price), 1),
        "markPrice": fixed(sums.mark, 8),
        "unRealizedProfit": rounded(sums.unrealised),
        "liquidationPrice": "0" if sums.liquidation_price is None else text(sums.liquidation_price),
        "isolatedMargin": text(plain(isolated)),
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


def _position_v2(venue: Venue, symbol: str, sums: Margins | None) -> dict[str, Any]:
    own = sums is not None
    return {
        "symbol": symbol,
        "positionAmt": fixed(sums.qty if sums is not None else ZERO, quantity_digits(venue.instruments[symbol])),
        "entryPrice": fixed(plain(sums.entry_price), 1) if sums is not None else "0.0",
        "breakEvenPrice": fixed(plain(sums.break_even_price), 1) if sums is not None else "0.0",
        "markPrice": fixed(sums.mark, 8) if sums is not None else "0.00000000",
        "unRealizedProfit": rounded(sums.unrealised if sums is not None else ZERO),
        "liquidationPrice": text(sums.liquidation_price)
        if sums is not None and sums.liquidation_price is not None
        else "0",
        "leverage": str(venue.account.leverage if own else venue.state.config.leverage),
        "maxNotionalValue": MAX_NOTIONAL,
        "marginType": venue.account.margin_mode if own else "cross",
        "isolatedMargin": rounded(sums.isolated + (sums.unrealised if sums.isolated else ZERO))
        if sums
        else "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "BOTH",
        "notional": text(plain(sums.notional)) if sums is not None else "0",
        "isolatedWallet": text(plain(sums.isolated)) if sums is not None else "0",
        "updateTime": venue.position_ms if own else 0,
    }
