"""The contract's snapshot, and copies of it with one place changed."""

import copy
import json
from pathlib import Path
from typing import Any, Final

from tests.adapters.decision_examples import LONG

_ACCOUNT: Final[dict[str, Any]] = {
    "equity": "10000",
    "wallet": "10000",
    "available": "9900",
    "position_mode": "one_way",
    "multi_assets": False,
    "margin_mode": "isolated",
    "leverage": 3,
    "position": {"qty": "0", "entry_price": "0", "liquidation_price": None, "since": None},
    "market": {
        "bid": "90799.9",
        "ask": "90800.0",
        "bid_qty": "5",
        "ask_qty": "5",
        "mark": "90800.0",
        "last": "90800.0",
        "volatility": "0.1%",
    },
    "instrument": {
        "symbol": "BTCUSDT",
        "tick_size": "0.1",
        "step_size": "0.001",
        "min_qty": "0.001",
        "max_qty": "1000",
        "market_max_qty": "120",
        "min_notional": "50",
        "price_band_up": "5%",
        "price_band_down": "5%",
        "maker_fee": "0.02%",
        "taker_fee": "0.05%",
        "maintenance_margin": "0.4%",
    },
    "day": {"start_equity": "10000", "trades": 0},
    "week": {"start_equity": "10000"},
    "trade": None,
    "intents": [],
    "last_trade": None,
    "naked_since": None,
    "dead_man_until": None,
    "safe_mode": None,
    "paused": False,
    "complete": True,
}
SNAPSHOT: Final[dict[str, Any]] = {
    "now": "2025-11-28T10:06:00Z",
    "decision": dict(LONG),
    "account": _ACCOUNT,
    "orders": [],
    "config": {"chase": {"threshold": "0.2%"}},
}
ORDER: Final[dict[str, Any]] = {
    "client_order_id": "capi_sl_20251128T100500Z",
    "kind": "algo",
    "side": "SELL",
    "type": "STOP_MARKET",
    "status": "NEW",
    "price": "0",
    "trigger_price": "89800.0",
    "quantity": "0",
    "filled_qty": "0",
    "reduce_only": True,
    "close_position": True,
    "created_at": "2025-11-28T10:05:30Z",
    "updated_at": "2025-11-28T10:05:30.5Z",
    "sent_at": None,
    "triggered_at": None,
    "code": None,
}
TRADE: Final[dict[str, Any]] = {
    "decision_id": "20251128T100500Z",
    "side": "long",
    "qty": "0.010",
    "entry_price": "90800.0",
    "sl": "89800.0",
    "tp1": "92200.0",
    "tp2": "93500.0",
    "tp1_filled": False,
    "opened_at": "2025-11-28T10:05:31Z",
}
INTENT: Final[dict[str, Any]] = {
    "client_order_id": "capi_entry_20251128T100500Z",
    "decision_id": "20251128T100500Z",
    "side": "BUY",
    "quantity": "0.011",
    "sl": "89800.0",
    "tp1": "92200.0",
    "tp2": None,
}


def changed(**changes: Any) -> dict[str, Any]:
    """Return the snapshot with places changed, as in `account__market__bid="1"`; `...` takes a key out."""
    snapshot = copy.deepcopy(SNAPSHOT)
    for place, value in changes.items():
        *path, key = place.split("__")
        table = snapshot
        for step in path:
            table = table[step]
        if value is ...:
            del table[key]
        else:
            table[key] = value
    return snapshot


def put(path: Path, snapshot: object) -> Path:
    """Write a snapshot as JSON and return its path."""
    path.write_text(json.dumps(snapshot))
    return path
