"""The latest of each thing that changes, as views over its states: one row per decision, order, trade, notification.

An order's status follows the same rules as the engine's ledger (engine/order_merge.py): an end stays an end when a list
lags, fills never shrink, a refusal gives way when the order is seen after all. A test holds the two against each other.
"""

from typing import Final

from capi.adapters.duckdb.columns import Kind
from capi.adapters.duckdb.schema import DECISION_STATES, NOTIFICATION_STATES, ORDER_STATES, TRADE_STATES
from capi.core.orders import ENDED, OPEN

NOT_FOUND: Final = -2013
LISTS_LAG: Final = "INTERVAL 5 SECONDS"
"""A list that shows an ended order as open this long after its end is believed."""

EARLIER: Final = "INTERVAL 1 SECOND"
"""An end so long before the last change is that of an earlier order with the same id."""

_ENDED: Final = tuple(sorted(ENDED))
_OPEN: Final = tuple(sorted(OPEN))


def _last(*columns: str) -> str:
    """Return, for each column, the last value that a state gave."""
    return ", ".join(f"arg_max({column}, seq) AS {column}" for column in columns)


DECISIONS: Final = """
SELECT * FROM decision_states
QUALIFY row_number() OVER (PARTITION BY decision_id, if(decision_id IS NULL, seq, 0) ORDER BY seq DESC) = 1"""

_REQUESTS: Final = "('intent', 'sent')"
_STATE: Final = f"""{{
    'source': if(source = 'answered' AND request = 'cancel_order' AND outcome = 'rejected', 'not_open', source),
    'sent': sent_at IS NOT NULL, 'status': status, 'code': code, 'at': timestamp, 'updated': updated_at,
    'quantity': if(source IN {_REQUESTS}, coalesce(quantity, 0), quantity)::{Kind.FIGURE},
    'filled': coalesce(filled_qty, 0)::{Kind.FIGURE}, 'executed': coalesce(executed_qty, 0)::{Kind.FIGURE}
}}"""
_NOTHING: Final = f"""{{
    'source': '', 'sent': false, 'status': NULL::VARCHAR, 'code': NULL::BIGINT, 'at': NULL::TIMESTAMP,
    'updated': NULL::TIMESTAMP,
    'quantity': NULL::{Kind.FIGURE}, 'filled': 0::{Kind.FIGURE}, 'executed': 0::{Kind.FIGURE}
}}"""

_MAY_LIVE: Final = (*_OPEN, "UNKNOWN")
_OF_ANOTHER: Final = f"""(a.status IN {_MAY_LIVE} AND x.status IN {_ENDED}
    AND coalesce(x.updated + {EARLIER} < a.updated, false))"""
_STAYS: Final = f"""CASE
    WHEN x.source = 'not_open' THEN coalesce(a.status NOT IN {_OPEN}, true)
    WHEN {_OF_ANOTHER} THEN true
    WHEN a.status = 'TRIGGERED' THEN x.status NOT IN {_ENDED}
    WHEN a.status IS NULL OR a.status NOT IN {_ENDED} THEN false
    WHEN a.status = 'REJECTED' OR coalesce(a.code = {NOT_FOUND}, false) THEN x.status = 'UNKNOWN'
    ELSE NOT (x.source = 'order' AND x.at - a.at >= {LISTS_LAG} AND x.status IN {_OPEN})
END"""
_EXECUTED: Final = f"(a.executed + x.executed)::{Kind.FIGURE}"
_FILLED: Final = f"greatest(a.filled, x.filled, {_EXECUTED})"
_HAS_FILLED: Final = f"a.sent AND a.quantity > 0 AND {_FILLED} >= a.quantity"
_AFTER_FILL: Final = f"""CASE
    WHEN a.status IN {(*_OPEN, "UNKNOWN", "REJECTED")} AND {_HAS_FILLED} THEN 'FILLED'
    WHEN a.status IS NULL OR a.status = 'REJECTED' THEN 'UNKNOWN'
    ELSE a.status
END"""
_FOLD: Final = f"""lambda a, x: {{
    'source': x.source,
    'sent': a.sent OR x.sent,
    'status': CASE WHEN x.source IN {_REQUESTS} THEN x.status WHEN x.source = 'fill' THEN {_AFTER_FILL}
        WHEN {_STAYS} THEN a.status ELSE x.status END,
    'code': CASE WHEN x.source IN {_REQUESTS} THEN x.code
        WHEN x.source = 'fill' THEN if(a.status = 'REJECTED', NULL, a.code)
        WHEN {_STAYS} THEN a.code ELSE x.code END,
    'at': if(x.source = 'not_open' AND {_STAYS}, a.at, x.at),
    'updated': if(x.source IN {_REQUESTS}, NULL, greatest(a.updated, x.updated)),
    'quantity': CASE WHEN x.source <> 'fill' THEN coalesce(x.quantity, a.quantity)
        WHEN a.sent THEN a.quantity ELSE greatest(coalesce(a.quantity, 0), {_FILLED}) END,
    'filled': {_FILLED},
    'executed': if(x.source IN {_REQUESTS}, 0, {_EXECUTED})::{Kind.FIGURE}
}}"""

ORDERS: Final = f"""
WITH folded AS (
    SELECT kind, client_order_id,
        list_reduce(list({_STATE} ORDER BY seq) FILTER (status IS NOT NULL OR source = 'fill'),
            {_FOLD}, {_NOTHING}) AS last,
        {_last("role", "decision_id", "side", "type", "price", "trigger_price", "trigger_by", "reduce_only")},
        bool_or(close_position) AS close_position,
        {_last("time_in_force", "sl", "tp1", "tp2", "intended_qty", "created_at", "sent_at", "triggered_at")},
        max(updated_at) AS updated_at,
        arg_max(nullif(message, ''), seq) AS message,
        {_last("rule", "reason")},
        min(seq) AS first_seq,
        max(seq) AS seq,
        max(timestamp) AS timestamp
    FROM order_states GROUP BY kind, client_order_id
)
SELECT seq, timestamp, first_seq, client_order_id, kind, role, decision_id, side,
    coalesce(type, if(role IN ('sl', 'exit'), 'MARKET', 'LIMIT')) AS type, last.status AS status, price,
    trigger_price, trigger_by,
    coalesce(last.quantity, 0)::{Kind.FIGURE} AS quantity, last.filled AS filled_qty,
    coalesce(reduce_only, role <> 'entry') AS reduce_only,
    coalesce(close_position, false) AS close_position, time_in_force, sl, tp1, tp2, intended_qty, created_at,
    updated_at, sent_at, triggered_at, last.code AS code, message, rule, reason
FROM folded WHERE last IS NOT NULL AND role IS NOT NULL"""  # noqa: S608 - made of our own names alone

TRADES: Final = f"""
WITH numbered AS (
    SELECT *, max(seq) FILTER (source IN ('trade_opened', 'trade_adopted')) OVER (ORDER BY seq) AS opened_seq
    FROM trade_states
)
SELECT max(seq) AS seq, max(timestamp) AS timestamp, opened_seq,
    {_last("decision_id", "side")},
    if(bool_or(source = 'trade_closed'), 'closed', 'open') AS status,
    {_last("qty", "entered", "entry_price", "exit_price")},
    arg_min(sl, seq) AS first_sl,
    {_last("sl", "tp1", "tp2")},
    bool_or(tp1_filled) AS tp1_filled,
    coalesce({_last("opened_at").removesuffix(" AS opened_at")}, min(timestamp)) AS opened_at,
    {_last("closed_at", "exit_reason", "gross_pnl", "fees", "funding", "net_pnl", "r", "naked_seconds")},
    {_last("duration_seconds", "chases", "market_entry", "slippage_bps")},
    bool_or(adopted) AS adopted
FROM numbered GROUP BY opened_seq"""  # noqa: S608

NOTIFICATIONS: Final = f"""
SELECT max(seq) AS seq, max(timestamp) AS timestamp, max(alert_seq) AS alert_seq, alert_at,
    {_last("level", "source")}, code, {_last("message", "payload", "delivery_status", "attempts", "error")}
FROM notification_states GROUP BY code, alert_at HAVING max(alert_seq) IS NOT NULL"""  # noqa: S608

VIEWS: Final = {"decisions": DECISIONS, "orders": ORDERS, "trades": TRADES, "notifications": NOTIFICATIONS}
"""The views by name; they are over the names of the tables alone, whatever stands behind those."""

VIEWS_OVER: Final = {
    "decisions": DECISION_STATES,
    "orders": ORDER_STATES,
    "trades": TRADE_STATES,
    "notifications": NOTIFICATION_STATES,
}
"""The table that a view is over."""
