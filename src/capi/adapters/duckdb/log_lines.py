"""What the table `logs` says of each event: a level, who says it, and one sentence, as SQL over the event's fields.

Levels as the specification names them (section 16): INFO is normal, WARNING is delays, retries and refusals, ERROR is
trouble with the account or the exchange, CRITICAL is a position that nothing explains or that nothing guards. An event
that is not listed here, as of a later version, is logged under its name.
"""

from typing import Final

QUIET: Final = ("journal_opened", "beside", "equity")
"""Events that are no news: they have no line."""

_LEVELS: Final = {
    "decision": "if(e.usable, 'INFO', 'WARNING')",
    "sent": "if(e.action = 'arm_dead_man', 'DEBUG', 'INFO')",
    "answered": "CASE WHEN e.outcome = 'ack' THEN if(e.action = 'arm_dead_man', 'DEBUG', 'INFO') "
    "WHEN e.outcome = 'not_authorised' THEN 'ERROR' ELSE 'WARNING' END",
    "dead_man": "'DEBUG'",
    "trade_adopted": "'CRITICAL'",
    "naked": "'WARNING'",
    "safe_mode": "'CRITICAL'",
    "paused": "'WARNING'",
    "flatten": "'WARNING'",
    "pass_failed": "'CRITICAL'",
    "alert": "e.level",
    "notification": "if(e.status = 'failed', 'WARNING', 'DEBUG')",
    "reconciliation": "CASE WHEN e.orphan_positions + e.phantom_positions + e.missing_sl > 0 THEN 'ERROR' "
    "WHEN e.orphan_orders > 0 OR len(e.warnings) > 0 THEN 'WARNING' ELSE 'INFO' END",
    "pass": "CASE WHEN e.failure IS NOT NULL THEN 'ERROR' WHEN NOT e.complete THEN 'WARNING' ELSE 'INFO' END",
}


def _say(*parts: str) -> str:
    """Return the sentence that parts make, without those that are NULL; a part is SQL, plain words in quotes."""
    return f"concat_ws(' ', {', '.join(parts)})"


def _joined(item: str, of: str) -> str:
    """Return a list's items with commas between them, NULL when there is none."""
    return f"list_aggregate([{item} for a in e.actions if {of}], 'string_agg', ', ')"


_ORDER: Final = "e.side, e.type, coalesce(e.quantity, 'all'), 'at ' || coalesce(e.price, e.trigger_price, 'market')"
_PLACED: Final = f"if(e.action = 'place_order', {_say(_ORDER)}, NULL)"
_LIQUIDATED: Final = "if(e.liquidation, '(liquidation)', NULL)"
_NET_PNL: Final = "coalesce(e.net_pnl || ' USDT', 'unknown')"
_DONE: Final = _joined("concat_ws(' ', a.action, a.client_order_id, a.result)", "a.result <> 'recorded'")
_SENT: Final = _joined("concat_ws(' ', a.action, a.client_order_id, a.result)", "a.result NOT IN ('held', 'recorded')")
_REFUSED: Final = _joined("a.rule", "a.action = 'refuse'")

_MESSAGES: Final = {
    "run_started": _say("'run started: capi'", "e.version || ','", "e.symbol"),
    "run_ended": _say("'run ended:'", "e.reason"),
    "decision": _say("'decision'", "e.decision_id", "if(e.usable, e.action, 'is unusable') || ':'", "e.reason"),
    "intent": _say("'intent'", "e.client_order_id || ':'", _ORDER),
    "sent": _say("'sent'", "e.action", "e.client_order_id", _PLACED),
    "answered": _say("e.action", "e.client_order_id || ':'", "e.outcome", "e.code", "nullif(e.message, '')"),
    "dead_man": "if(e.seconds > 0, 'dead-man switch armed for ' || e.seconds || ' s', 'dead-man switch off')",
    "order": _say(
        "'order'", "e.client_order_id", "e.kind || ':'", "e.status || ','", "e.filled_qty", "'of'", "e.quantity"
    ),
    "fill": _say(
        "'fill'", "e.client_order_id || ':'", "e.side", "e.qty", "'at'", "e.price", _LIQUIDATED
    ),
    "funding": _say("'funding'", "e.amount_usdt", "'USDT'"),
    "transfer": _say("'transfer of'", "e.amount_usdt", "'USDT: neither gain nor loss of the day and week'"),
    "position": _say("'position'", "e.qty", "'at ' || e.entry_price"),
    "trade_opened": _say("'trade opened:'", "e.reason"),
    "trade_adopted": _say("'position taken over:'", "e.reason"),
    "trade_updated": _say("'trade updated:'", "e.reason"),
    "trade_closed": _say(
        "'trade'", "e.decision_id", "'closed by'", "e.exit_reason || ', net PnL'", _NET_PNL
    ),
    "naked": "'the position stands without a stop'",
    "guarded": "if(e.guard = 'none', 'the position is gone', 'the position has its stop: ' || e.guard)",
    "safe_mode": _say("'SAFE MODE, no entries until capi resume:'", "e.reason"),
    "paused": _say("'paused:'", "e.reason"),
    "resumed": _say("'resumed:'", "e.reason"),
    "flatten": _say("'to be flattened:'", "e.reason"),
    "flattened": "'flat is confirmed, as the operator wanted; no entries until capi resume'",
    "silence": "'the exchange asked for silence'",
    "account": _say("'the ledger is of account'", "e.alias"),
    "pass_failed": _say("'a pass failed:'", "e.error"),
    "alert": _say("'[' || e.code || ']'", "e.reason"),
    "notification": _say("'telling of'", "e.code || ':'", "e.status", "nullif(e.error, '')"),
    "day": _say("'a day began, equity'", "coalesce(e.start_equity, 'unknown')"),
    "week": _say("'a week began, equity'", "coalesce(e.start_equity, 'unknown')"),
    "reconciliation": _say(
        "'reconciliation (' || e.occasion || '):'",
        "e.orphan_positions || ' orphan positions,'",
        "e.phantom_positions || ' phantom positions,'",
        "e.missing_sl || ' missing stops,'",
        "e.orphan_orders || ' orphan orders,'",
        "e.orders_sent || ' orders sent'",
    ),
    "heard": _say("'the exchange told of more to guard:'", _SENT),
    "pass": _say("coalesce(e.failure, e.state || ', ' || e.guard)", f"'| ' || {_DONE}", f"'| refused: ' || {_REFUSED}"),
}  # fmt: skip


def _by_event(cases: dict[str, str], otherwise: str) -> str:
    arms = " ".join(f"WHEN '{event}' THEN {sql}" for event, sql in cases.items())
    return f"CASE event {arms} ELSE {otherwise} END"


LEVEL: Final = _by_event(_LEVELS, "'INFO'")
MESSAGE: Final = _by_event(_MESSAGES, "event")
SOURCE: Final = (
    "if(event IN ('answered', 'order', 'fill', 'funding', 'transfer', 'position'), "
    "'exchange', coalesce(e.rule, 'engine'))"
)

_TEXTS: Final = (
    "action", "alias", "amount_usdt", "client_order_id", "code", "decision_id", "entry_price", "error", "exit_reason",
    "failure", "filled_qty", "guard", "kind", "level", "message", "net_pnl", "occasion", "outcome", "price", "qty",
    "quantity", "reason", "rule", "side", "start_equity", "state", "status", "symbol", "trigger_price", "type",
    "version",
)  # fmt: skip
_WHOLES: Final = ("seconds", "orphan_positions", "phantom_positions", "missing_sl", "orphan_orders", "orders_sent")
READS: Final = (
    *(f'"{name}":"VARCHAR"' for name in _TEXTS),
    *(f'"{name}":"BIGINT"' for name in _WHOLES),
    *(f'"{name}":"BOOLEAN"' for name in ("usable", "liquidation", "complete")),
    '"warnings":["VARCHAR"]',
    '"actions":[{"action":"VARCHAR","rule":"VARCHAR","result":"VARCHAR","client_order_id":"VARCHAR"}]',
)
"""The fields that the expressions read."""
