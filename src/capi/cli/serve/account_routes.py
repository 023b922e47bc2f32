"""The endpoints that tell of money and positions (facts, sections 2.4 and 2.5)."""

from typing import Final

from capi.cli.serve import account_shapes as shapes
from capi.cli.serve.errors import Json
from capi.cli.serve.margins import NOTHING, Margins, margins
from capi.cli.serve.numbers import fixed
from capi.cli.serve.order_requests import known_symbol
from capi.cli.serve.params import Params
from capi.cli.serve.trade_routes import time_window
from capi.cli.serve.venue import Venue

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
    return [shapes.balance(venue, "USDT", sums), *(shapes.balance(venue, asset, NOTHING) for asset in EMPTY_ASSETS)]


def account_v3(venue: Venue, params: Params) -> Json:
    """GET account v3: positions only where there is one, or an open order."""
    sums = margins(venue)
    return {
        **shapes.totals(sums),
        "assets": [shapes.asset(venue, "USDT", sums), *(shapes.asset(venue, asset, NOTHING) for asset in EMPTY_ASSETS)],
        "positions": [shapes.account_position(venue, sums)] if _shown(venue, sums) else [],
    }


def account_v2(venue: Venue, params: Params) -> Json:
    """GET account v2: every symbol, with leverage and entry price, and what the account may do."""
    sums = margins(venue)
    positions = [shapes.account_position_v2(venue, it, _of(venue, it, sums)) for it in venue.instruments]
    assets = [shapes.asset(venue, "USDT", sums), *(shapes.asset(venue, asset, NOTHING) for asset in EMPTY_ASSETS)]
    for asset in assets:
        asset["marginAvailable"] = True
    flags = {"feeTier": 0, "feeBurn": False, "canTrade": True, "canDeposit": True, "canWithdraw": True, "updateTime": 0}
    modes = {"multiAssetsMargin": venue.modes.multi_assets, "tradeGroupId": -1}
    return {**flags, **modes, **shapes.totals(sums), "assets": assets, "positions": positions}


def positions_v3(venue: Venue, params: Params) -> Json:
    """GET positionRisk v3: nothing at all while flat without open orders."""
    sums = margins(venue)
    other = params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol
    return [] if other or not _shown(venue, sums) else [shapes.position(venue, sums)]


def positions_v2(venue: Venue, params: Params) -> Json:
    """GET positionRisk v2: the flat symbol too, with leverage and margin type; some booleans are text."""
    symbols = [known_symbol(venue, params)] if params.maybe("symbol") is not None else list(venue.instruments)
    sums = margins(venue)
    return [shapes.position_v2(venue, symbol, _of(venue, symbol, sums)) for symbol in symbols]


def income(venue: Venue, params: Params) -> Json:
    """GET income: what moved the wallet, oldest first."""
    if params.maybe("symbol") is not None and known_symbol(venue, params) != venue.instrument.symbol:
        return []
    kind = params.choice("incomeType", INCOME_TYPES)
    start_ms, end_ms = time_window(venue, params) if "startTime" not in params.values else _open_window(venue, params)
    posted = [
        it
        for it in venue.postings.kept
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


def _of(venue: Venue, symbol: str, sums: Margins) -> Margins:
    """Return a symbol's sums: the served one has them all."""
    return sums if symbol == venue.instrument.symbol else NOTHING


def _open_window(venue: Venue, params: Params) -> tuple[int, int]:
    end = params.integer("endTime")
    return params.needed_integer("startTime"), venue.now_ms() if end is None else end


def _shown(venue: Venue, sums: Margins) -> bool:
    return bool(sums.qty) or bool(venue.book.worlds["plain"])
