"""What an alert is about: taken from the ledger, and from the ids that its sentence names."""

import re
from typing import Final

from capi.core.ids import parse_order_id
from capi.core.units import text
from capi.engine.notices import RULE
from capi.engine.run_pass import Engine
from capi.ports.alerts import Context

_DECISION: Final = re.compile(r"\bdecision ([^\s,;:]+)")
_AROUND: Final = ",;:()[]"


def context_of(engine: Engine, symbol: str, id_prefix: str, code: str, reason: str) -> Context:
    """Return the context of an alert that has just been told, or is recorded under its code."""
    ledger, price = engine.ledger, engine.mark_price
    order_id, decision_id = _named(engine, id_prefix, reason)
    trade = ledger.trades.open
    if decision_id is None:
        decision_id = ledger.decision_id if trade is None else trade.trade.decision_id
    qty = ledger.position_qty
    return Context(
        source=ledger.alerted_by.get(code, RULE),
        symbol=symbol,
        price=None if price is None else text(price),
        side=None if not qty else "long" if qty > 0 else "short",
        decision_id=decision_id,
        order_id=order_id,
        recorded_at_ms=ledger.alerted_at_ms.get(code),
    )


def _named(engine: Engine, id_prefix: str, reason: str) -> tuple[str | None, str | None]:
    """Return the order and the decision that a sentence names."""
    for word in reason.split():
        order_id = word.strip(_AROUND)
        owner = parse_order_id(id_prefix, order_id)
        if owner is not None:
            return order_id, owner.decision_id
    found = _DECISION.search(reason)
    return None, found[1] if found is not None and found[1] in engine.ledger.decisions else None
