"""The snapshot file of `capi plan`, written: what `snapshot_json` reads back as the same account, orders and decision.

Every key stands there, null where something is unknown; numbers are exact text, ratios have their unit, times are
ISO 8601. A number with more digits after the point than are read (an average of many fills) is cut to those.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from capi.adapters.exact_json import DIGITS_AFTER_MAX
from capi.core.account import Account, Instrument, Intent, LastTrade, Market, Position, Trade
from capi.core.decision import Decision, Proposal
from capi.core.orders import Order, Orders
from capi.core.units import EXACT, plain, text
from capi.ports.decisions import Received

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DIGIT: Final = Decimal(1).scaleb(-DIGITS_AFTER_MAX)

Document = dict[str, Any]


def snapshot_document(received: Received, account: Account, orders: Orders, config: Mapping[str, object]) -> Document:
    """Return the snapshot as JSON may hold it. `config`: tables of settings, as capi.toml writes their values."""
    return {
        "now": _time(account.now_ms),
        "decision": _decision(received),
        "account": _account(account),
        "orders": [_order(order) for order in orders],
        "config": dict(config),
    }


def _decision(received: Received) -> object:
    """Return the decision in force under the id that it goes by; one that is unusable as it came."""
    now = received.decision
    if not isinstance(now, Decision):
        return _as_it_came(received.raw)
    return {
        "decision_id": now.decision_id,
        "timestamp_iso": _time(now.timestamp_ms),
        "symbol": now.symbol,
        **({"action": "flat"} if now.proposal is None else _proposal(now.proposal)),
        "confidence": text(now.confidence),
        "risk_level": now.risk_level,
        "reason": now.reason,
        "risk_checks": dict(now.risk_checks),
        "session": now.session,
        "volatility": _number(now.volatility),
        "atr": _number(now.atr),
    }


def _proposal(proposal: Proposal) -> Document:
    return {
        "action": proposal.direction,
        "entry_zone": [text(proposal.zone_min), text(proposal.zone_max)],
        "sl": text(proposal.sl),
        "tp1": _number(proposal.tp1),
        "tp2": _number(proposal.tp2),
        "position_size_usdt": text(proposal.position_size_usdt),
        "leverage": text(proposal.leverage),
    }


def _as_it_came(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_it_came(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_it_came(item) for item in value]
    return text(value) if isinstance(value, Decimal) else value


def _account(account: Account) -> Document:
    return {
        "equity": _number(account.equity),
        "wallet": _number(account.wallet),
        "available": _number(account.available),
        "position_mode": account.position_mode,
        "multi_assets": account.multi_assets,
        "margin_mode": account.margin_mode,
        "leverage": account.leverage,
        "position": _position(account.position, readable=account.position_readable),
        "market": _market(account.market),
        "instrument": _instrument(account.instrument),
        "day": {"start_equity": _number(account.day_start_equity), "trades": account.day_trades},
        "week": {"start_equity": _number(account.week_start_equity)},
        "trade": None if account.trade is None else _trade(account.trade),
        "intents": [_intent(intent) for intent in account.intents],
        "last_trade": None if account.last_trade is None else _last_trade(account.last_trade),
        "naked_since": _time(account.naked_since_ms),
        "dead_man_until": _time(account.dead_man_until_ms),
        "safe_mode": account.safe_mode,
        "paused": account.paused,
        "flatten": account.flatten,
        "acts_since": _time(account.acts_since_ms),
        "complete": account.complete,
    }


def _position(position: Position, *, readable: bool) -> Document:
    """Return the position; a quantity of null is one that could not be read."""
    return {
        "qty": _number(position.qty) if readable else None,
        "entry_price": _number(position.entry_price),
        "liquidation_price": _number(position.liquidation_price),
        "since": _time(position.since_ms),
    }


def _market(market: Market) -> Document:
    names = ("bid", "ask", "bid_qty", "ask_qty", "mark", "last")
    prices: Document = {name: _number(getattr(market, name)) for name in names}
    return prices | {"volatility": _ratio(market.volatility)}


def _instrument(instrument: Instrument) -> Document:
    exact = ("tick_size", "step_size", "min_qty", "max_qty", "market_max_qty", "min_notional")
    ratios = ("price_band_up", "price_band_down", "maker_fee", "taker_fee", "maintenance_margin")
    return {
        "symbol": instrument.symbol,
        **{name: _number(getattr(instrument, name)) for name in exact},
        **{name: _ratio(getattr(instrument, name)) for name in ratios},
    }


def _trade(trade: Trade) -> Document:
    exact = ("qty", "entered", "entry_price", "sl", "tp1", "tp2")
    return {
        "decision_id": trade.decision_id,
        "side": trade.side,
        **{name: _number(getattr(trade, name)) for name in exact},
        "tp1_filled": trade.tp1_filled,
        "opened_at": _time(trade.opened_at_ms),
        "volatility": _ratio(trade.volatility),
    }


def _intent(intent: Intent) -> Document:
    return {
        "client_order_id": intent.client_order_id,
        "decision_id": intent.decision_id,
        "side": intent.side,
        **{name: _number(getattr(intent, name)) for name in ("quantity", "sl", "tp1", "tp2")},
    }


def _last_trade(last: LastTrade) -> Document:
    return {"decision_id": last.decision_id, "side": last.side, "closed_at": _time(last.closed_at_ms)}


def _order(order: Order) -> Document:
    return {
        "client_order_id": order.client_order_id,
        "kind": order.kind,
        "side": order.side,
        "type": order.type,
        "status": order.status,
        **{name: _number(getattr(order, name)) for name in ("price", "trigger_price", "quantity", "filled_qty")},
        "reduce_only": order.reduce_only,
        "close_position": order.close_position,
        "created_at": _time(order.created_at_ms),
        "updated_at": _time(order.updated_at_ms),
        "sent_at": _time(order.sent_at_ms),
        "triggered_at": _time(order.triggered_at_ms),
        **({} if order.not_found_since_ms is None else {"not_found_since": _time(order.not_found_since_ms)}),
        "code": order.code,
    }


def _number(value: Decimal | None) -> str | None:
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    cut = isinstance(exponent, int) and exponent < -DIGITS_AFTER_MAX
    return text(value.quantize(_LAST_DIGIT, context=EXACT) if cut else value)


def _ratio(fraction: Decimal | None) -> str | None:
    return None if fraction is None else f"{_number(plain(EXACT.multiply(fraction, Decimal(100))))}%"


def _time(timestamp_ms: int | None) -> str | None:
    if timestamp_ms is None:
        return None
    at = _EPOCH + timedelta(milliseconds=timestamp_ms)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
