"""The counts that a replay keeps while it runs (`replay.tally`), taken from the records afterwards.

So a report and `capi paper` say the same by the same means: the figures are filled here, and reckoned there.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from capi.cli.reading.rows import Row, query
from capi.cli.replay.tally import Figures
from capi.cli.reporting.window import Window

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ORDERS: Final = """SELECT count(*) FILTER (source = 'sent' AND request = 'place_order') AS orders,
    count(*) FILTER (source = 'sent' AND request = 'place_order' AND role = 'entry') AS entry_orders,
    count(*) FILTER (source = 'answered' AND outcome = 'rejected') AS refused,
    list(DISTINCT decision_id) FILTER (source = 'sent' AND request = 'place_order' AND role = 'entry') AS entries
    FROM order_states WHERE {within}"""
_FILLS: Final = """SELECT count(*) AS fills, count(*) FILTER (maker) AS maker_fills,
    list(DISTINCT decision_id) FILTER (role = 'entry') AS entered FROM fills WHERE {within}"""
_STEPS: Final = """
    SELECT seq, epoch_ms(timestamp) AS at_ms, 'decision' AS step, decision_id, action, usable, raw IS NOT NULL AS raw,
        NULL::VARCHAR[] AS refusals FROM decision_states WHERE {within}
    UNION ALL
    SELECT seq, epoch_ms(timestamp), 'sent', decision_id, NULL, NULL, NULL, NULL FROM order_states
        WHERE source = 'sent' AND request = 'place_order' AND role = 'entry' AND {within}
    UNION ALL
    SELECT seq, epoch_ms(timestamp), 'pass', NULL, NULL, NULL, NULL, refusals FROM passes WHERE {within}
    ORDER BY seq"""


def figures_of(connection: "DuckDBPyConnection", window: Window, closed: list[Row]) -> Figures:
    """Return the counts of a window, with these closed trades. Raises what DuckDB raises."""
    bounds, within = window.bounds, window.within("timestamp")
    [orders] = query(connection, _ORDERS.format(within=within), bounds)
    [fills] = query(connection, _FILLS.format(within=within), bounds)
    figures = Figures(
        trades=[trade for trade in closed if trade["chases"] is not None and trade["naked_seconds"] is not None],
        orders=orders["orders"],
        entry_orders=orders["entry_orders"],
        refused=orders["refused"],
        fills=fills["fills"],
        maker_fills=fills["maker_fills"],
        entries=set(orders["entries"] or ()),
        entered=set(fills["entered"] or ()),
    )
    for step in connection.execute(_STEPS.format(within=within), bounds).fetchall():
        _take(figures, step)
    return figures


def gates_of(connection: "DuckDBPyConnection", figures: Figures) -> list[Row]:
    """Return which gates kept decisions out: `rule`, `decisions`, and the `reason` it gave last."""
    gates = figures.unentered.refused(figures.entered)
    passes = sorted({gate["reason"] for gate in gates})
    rows = query(connection, "SELECT seq, actions FROM passes WHERE list_contains($seqs, seq)", {"seqs": passes})
    said = {
        (row["seq"], action["rule"]): action["reason"]
        for row in rows
        for action in json.loads(row["actions"])
        if action["action"] == "refuse"
    }
    return [{**gate, "reason": said.get((gate["reason"], gate["rule"]), "")} for gate in gates]


def _take(figures: Figures, step: tuple[Any, ...]) -> None:
    """Let it follow one step. Where a reason belongs stands the number of the pass that gave it, until it is asked."""
    seq, at_ms, name, decision_id, action, usable, raw, refusals = step
    if name == "pass":
        actions = [{"action": "refuse", "rule": rule, "reason": seq} for rule in refusals or ()]
        figures.unentered.passed({"at_ms": at_ms, "actions": actions})
    elif name == "sent":
        figures.unentered.sent({"at_ms": at_ms, "decision_id": decision_id})
    else:
        event = {"at_ms": at_ms, "decision_id": decision_id, "usable": usable, "action": action}
        figures.unentered.decision({**event, "raw": True if raw else None})
