"""The tables: their names and columns are a contract with everything that queries them (docs/database.md).

Each row bears the `seq` of its event in the journal, and its time in UTC. What changes (an order, a trade, a decision,
a notification) is kept as its states, each a row; the view of the plain name (views.py) shows the latest of each.
Names are the journal's; a field `x_at_ms` is the column `x_at`.
"""

from typing import Final

from capi.adapters.duckdb.columns import Column, Kind, Table
from capi.adapters.duckdb.log_lines import LEVEL, MESSAGE, QUIET, READS, SOURCE
from capi.core.errors import MEANINGS

SCHEMA: Final = 3
"""The schema that this version writes. A database of an older one is built anew (rebuild.py)."""

_RAW: Final = "e.raw->>'$.{}'"

DECISION_STATES: Final = Table(
    "decision_states",
    events=("decision",),
    columns=(
        Column("decision_id"),
        Column("decided_at", Kind.TIME, "e.timestamp_ms"),
        Column("usable", Kind.FLAG),
        Column("action"),
        Column("zone_min", Kind.FIGURE, _RAW.format("entry_zone[0]")),
        Column("zone_max", Kind.FIGURE, _RAW.format("entry_zone[1]")),
        Column("zone_middle", Kind.FIGURE),
        Column("sl", Kind.FIGURE, _RAW.format("sl")),
        Column("tp1", Kind.FIGURE, _RAW.format("tp1")),
        Column("tp2", Kind.FIGURE, _RAW.format("tp2")),
        Column("position_size_usdt", Kind.FIGURE, _RAW.format("position_size_usdt")),
        Column("leverage", Kind.FIGURE, _RAW.format("leverage")),
        Column("confidence", Kind.FIGURE, _RAW.format("confidence")),
        Column("risk_level", Kind.FIGURE, _RAW.format("risk_level")),
        Column("reason"),
        Column("raw", Kind.JSON),
    ),
    reads=('"timestamp_ms":"BIGINT"',),
)

_MAY_EXIST: Final = tuple(c for c, meaning in MEANINGS.items() if meaning in ("unknown_outcome", "duplicate_id"))
"""Refusals after which an order of that id may rest all the same: they say nothing of its status."""

_IS_NO: Final = f"""event = 'answered' AND e.action = 'place_order' AND e.outcome NOT IN ('ack', 'unknown')
    AND NOT (e.outcome = 'rejected' AND coalesce(e.code IN {_MAY_EXIST}, false))"""
_NOT_OPEN: Final = tuple(c for c, meaning in MEANINGS.items() if meaning in ("not_open", "not_found"))
"""Refusals of a cancel after which nobody knows what became of the order."""

_IS_NOT_OPEN: Final = f"""event = 'answered' AND e.action = 'cancel_order' AND e.outcome = 'rejected'
    AND coalesce(e.code IN {_NOT_OPEN}, false)"""
_IS_BARE_YES: Final = "event = 'answered' AND e.action = 'place_order' AND e.outcome = 'ack' AND e.status IS NULL"
_STATUS: Final = f"""CASE
    WHEN event IN ('intent', 'sent') AND e.action = 'place_order' THEN 'UNKNOWN'
    WHEN {_IS_NO} THEN 'REJECTED'
    WHEN {_IS_NOT_OPEN} THEN 'UNKNOWN'
    WHEN {_IS_BARE_YES} THEN 'NEW'
    WHEN event = 'order' OR (event = 'answered' AND e.outcome = 'ack') THEN e.status
END"""
_UPDATED: Final = f"if({_IS_BARE_YES} OR ({_IS_NO}), at_ms, coalesce(e.filled_at_ms, e.updated_at_ms))"

_WITH_ORDER: Final = """if(event = 'answered' AND json_type(line, '$.order') = 'OBJECT',
    json_merge_patch(line, line->'$.order'), line)"""

ORDER_STATES: Final = Table(
    "order_states",
    events=("intent", "sent", "answered", "order", "fill"),
    line=_WITH_ORDER,
    where="e.client_order_id IS NOT NULL AND (event <> 'fill' OR e.decision_id IS NOT NULL)",
    columns=(
        Column("source", of="event"),
        Column("request", of="e.action"),
        Column("client_order_id"),
        Column("kind", of="if(event = 'fill', 'plain', e.kind)"),
        Column("role"),
        Column("decision_id"),
        Column("side"),
        Column("type"),
        Column("status", of=_STATUS),
        Column("price", Kind.FIGURE, "if(event = 'fill', NULL, e.price)"),
        Column("trigger_price", Kind.FIGURE),
        Column("trigger_by"),
        Column("quantity", Kind.FIGURE),
        Column("filled_qty", Kind.FIGURE),
        Column("executed_qty", Kind.FIGURE, "if(event = 'fill', e.qty, NULL)"),
        Column("reduce_only", Kind.FLAG),
        Column("close_position", Kind.FLAG),
        Column("time_in_force"),
        Column("sl", Kind.FIGURE),
        Column("tp1", Kind.FIGURE),
        Column("tp2", Kind.FIGURE),
        Column("intended_qty", Kind.FIGURE),
        Column("created_at", Kind.TIME, f"if({_IS_BARE_YES}, at_ms, e.created_at_ms)"),
        Column("updated_at", Kind.TIME, _UPDATED),
        Column("sent_at", Kind.TIME, "if(event IN ('intent', 'sent'), at_ms, e.sent_at_ms)"),
        Column("triggered_at", Kind.TIME),
        Column("not_found_since", Kind.TIME, "e.not_found_since_ms"),
        Column("outcome"),
        Column("code", Kind.WHOLE),
        Column("message"),
        Column("rule"),
        Column("reason"),
    ),
    reads=(
        '"action":"VARCHAR"', '"kind":"VARCHAR"', '"status":"VARCHAR"', '"price":"VARCHAR"', '"qty":"VARCHAR"',
        '"created_at_ms":"BIGINT"', '"filled_at_ms":"BIGINT"', '"updated_at_ms":"BIGINT"', '"sent_at_ms":"BIGINT"',
        '"not_found_since_ms":"BIGINT"',
    ),
)  # fmt: skip

FILLS: Final = Table(
    "fills",
    events=("fill",),
    columns=(
        Column("trade_id", Kind.WHOLE),
        Column("client_order_id"),
        Column("role"),
        Column("decision_id"),
        Column("side"),
        Column("price", Kind.FIGURE),
        Column("qty", Kind.FIGURE),
        Column("fee_usdt", Kind.FIGURE),
        Column("maker", Kind.FLAG),
        Column("filled_at", Kind.TIME),
        Column("liquidation", Kind.FLAG),
    ),
)

FUNDINGS: Final = Table(
    "fundings",
    events=("funding",),
    columns=(
        Column("funding_id", Kind.WHOLE),
        Column("amount_usdt", Kind.FIGURE),
        Column("paid_at", Kind.TIME),
    ),
)

TRADE_STATES: Final = Table(
    "trade_states",
    events=("trade_opened", "trade_adopted", "trade_updated", "trade_closed"),
    columns=(
        Column("source", of="event"),
        Column("decision_id"),
        Column("side"),
        Column("qty", Kind.FIGURE),
        Column("entered", Kind.FIGURE, "if(event IN ('trade_opened', 'trade_adopted'), e.qty, e.entered)"),
        Column("entry_price", Kind.FIGURE),
        Column("sl", Kind.FIGURE),
        Column("tp1", Kind.FIGURE),
        Column("tp2", Kind.FIGURE),
        Column("tp1_filled", Kind.FLAG),
        Column("volatility", Kind.FIGURE),
        Column("opened_at", Kind.TIME),
        Column("closed_at", Kind.TIME),
        Column("exit_price", Kind.FIGURE),
        Column("exit_reason"),
        Column("gross_pnl", Kind.FIGURE),
        Column("fees", Kind.FIGURE),
        Column("funding", Kind.FIGURE),
        Column("net_pnl", Kind.FIGURE),
        Column("r", Kind.FIGURE),
        Column("naked_seconds", Kind.FIGURE),
        Column("duration_seconds", Kind.FIGURE),
        Column("chases", Kind.WHOLE),
        Column("market_entry", Kind.FLAG),
        Column("slippage_bps", Kind.FIGURE),
        Column("adopted", Kind.FLAG, "coalesce(e.adopted, event = 'trade_adopted')"),
        Column("rule"),
        Column("reason"),
    ),
    reads=('"adopted":"BOOLEAN"', '"entered":"VARCHAR"'),
)

EQUITY: Final = Table(
    "equity",
    events=("equity",),
    columns=(Column("equity", Kind.FIGURE), Column("wallet", Kind.FIGURE)),
)

LOGS: Final = Table(
    "logs",
    events=(),
    where=f"event NOT IN {QUIET}",
    reads=READS,
    columns=(
        Column("level", of=LEVEL),
        Column("source", of=SOURCE),
        Column("event", of="event"),
        Column("message", of=MESSAGE),
        Column("context", Kind.JSON, "if(event = 'pass', NULL, line)"),
    ),
)

NOTIFICATION_STATES: Final = Table(
    "notification_states",
    events=("alert", "notification"),
    columns=(
        Column("alert_seq", Kind.WHOLE, "if(event = 'alert', seq, NULL)"),
        Column("alert_at", Kind.TIME, "if(event = 'alert', at_ms, e.alert_at_ms)"),
        Column("level"),
        Column("source", of="e.rule"),
        Column("code"),
        Column("message", of="e.reason"),
        Column("payload", Kind.JSON, "if(event = 'alert', line, NULL)"),
        Column("delivery_status", of="if(event = 'alert', 'recorded', e.status)"),
        Column("attempts", Kind.WHOLE, "if(event = 'alert', 0, e.attempts)"),
        Column("error", of="nullif(e.error, '')"),
    ),
    reads=(
        '"rule":"VARCHAR"', '"reason":"VARCHAR"', '"alert_at_ms":"BIGINT"', '"status":"VARCHAR"',
        '"attempts":"BIGINT"', '"error":"VARCHAR"',
    ),
)  # fmt: skip

RECONCILIATIONS: Final = Table(
    "reconciliations",
    events=("reconciliation",),
    columns=(
        Column("occasion"),
        Column("orphan_positions", Kind.WHOLE),
        Column("phantom_positions", Kind.WHOLE),
        Column("missing_sl", Kind.WHOLE),
        Column("orphan_orders", Kind.WHOLE),
        Column("actions", Kind.WHOLE),
        Column("orders_sent", Kind.WHOLE),
        Column("warnings", Kind.TEXTS),
    ),
)

PASSES: Final = Table(
    "passes",
    events=("pass",),
    columns=(
        Column("state"),
        Column("guard"),
        Column("complete", Kind.FLAG),
        Column("gaps", Kind.TEXTS),
        Column("failure"),
        Column("decision_id"),
        Column("position_qty", Kind.FIGURE),
        Column("equity", Kind.FIGURE),
        Column("bid", Kind.FIGURE),
        Column("ask", Kind.FIGURE),
        Column("mark", Kind.FIGURE),
        Column("safe_mode"),
        Column("refusals", Kind.TEXTS, "[a.rule for a in e.actions if a.action = 'refuse']"),
        Column("sent", Kind.TEXTS, "[a.action for a in e.actions if a.result NOT IN ('held', 'recorded')]"),
        Column("actions", Kind.JSON, "line->'$.actions'"),
    ),
    reads=('"actions":[{"action":"VARCHAR","rule":"VARCHAR","result":"VARCHAR"}]',),
)

TABLES: Final = (
    DECISION_STATES,
    ORDER_STATES,
    FILLS,
    FUNDINGS,
    TRADE_STATES,
    EQUITY,
    LOGS,
    NOTIFICATION_STATES,
    RECONCILIATIONS,
    PASSES,
)
