"""The journal's events, built in one place: their names and fields are a contract with everything that reads them.

A builder returns a plain dict: `event` names it, `at_ms` is the exchange's time, Decimals stay Decimals (the file makes
them text). What the ledger folds is in the fields, so that folding needs neither configuration nor clock.
"""

from decimal import Decimal

from capi.core.actions import (
    AdoptPosition,
    Alert,
    ArmDeadMan,
    CancelOrder,
    EnterSafeMode,
    OpenTrade,
    PlaceOrder,
    UpdateTrade,
)
from capi.core.config import Config
from capi.core.decision import Decision
from capi.core.ids import OrderId
from capi.core.orders import Order, OrderKey
from capi.engine.action_fields import Fields, action_fields, action_name, order_fields
from capi.engine.attempt import Failed
from capi.engine.value_fields import value_fields
from capi.ports.alerts import Delivery
from capi.ports.decisions import Received
from capi.ports.exchange import Fill, Funding, Request, Transfer
from capi.ports.inbox import BY_ITSELF, Given

# the run


def run_started(at_ms: int, *, version: str, config: Config) -> Fields:
    """The engine has folded the journal and begins; `config` is all that its plans read of the configuration."""
    return {
        "event": "run_started",
        "at_ms": at_ms,
        "version": version,
        "symbol": config.symbol,
        "id_prefix": config.id_prefix,
        "config": value_fields(config),
    }


def run_ended(at_ms: int, *, reason: str) -> Fields:
    """The engine ends in order."""
    return {"event": "run_ended", "at_ms": at_ms, "reason": reason}


def decision(at_ms: int, received: Received) -> Fields:
    """Another decision is in force; `raw` is the document as it came."""
    now = received.decision
    if not isinstance(now, Decision):
        return {
            "event": "decision",
            "at_ms": at_ms,
            "usable": False,
            "decision_id": now.decision_id,
            "reason": now.reason,
            "raw": received.raw,
        }
    proposal = now.proposal
    return {
        "event": "decision",
        "at_ms": at_ms,
        "usable": True,
        "decision_id": now.decision_id,
        "timestamp_ms": now.timestamp_ms,
        "action": "flat" if proposal is None else proposal.direction,
        "zone_middle": None if proposal is None else proposal.zone_middle,
        "reason": now.reason,
        "raw": received.raw,
    }


# orders and requests


def intent(at_ms: int, order: PlaceOrder) -> Fields:
    """An entry is about to be sent; written durably before it is."""
    return {"event": "intent", "at_ms": at_ms, **action_fields(order)}


def sent(at_ms: int, request: Request) -> Fields:
    """A request went out at `at_ms`."""
    return {"event": "sent", "at_ms": at_ms, **action_fields(request)}


def answered(
    at_ms: int,
    request: Request,
    *,
    outcome: str,
    order: Order | None = None,
    code: int | None = None,
    message: str = "",
    until_ms: int | None = None,
) -> Fields:
    """What came back. `order` is what the exchange says the order is now; `until_ms`: throttled until then."""
    kind, client_order_id = _key_of(request)
    return {
        "event": "answered",
        "at_ms": at_ms,
        "action": action_name(request),
        "kind": kind,
        "client_order_id": client_order_id,
        "outcome": outcome,
        "code": code,
        "message": message,
        "until_ms": until_ms,
        "order": None if order is None else order_fields(order),
    }


def _key_of(request: Request) -> OrderKey | tuple[None, None]:
    match request:
        case PlaceOrder() | CancelOrder():
            return request.kind, request.client_order_id
        case _:
            return None, None


def dead_man(at_ms: int, request: ArmDeadMan) -> Fields:
    """The dead-man switch was armed until `until_ms`, or switched off (None)."""
    until_ms = at_ms + request.seconds * 1000 if request.seconds else None
    return {"event": "dead_man", "at_ms": at_ms, "seconds": request.seconds, "until_ms": until_ms}


def order(
    at_ms: int, seen: Order, owner: OrderId, *, not_found_since_ms: int | None = None, recalled: bool = False
) -> Fields:
    """An order of ours is now this; `not_found_since_ms`: the exchange says since then that it does not exist.

    `recalled`: it had ended before this ledger began; executions need not tell of what it filled.
    """
    return {
        "event": "order",
        "at_ms": at_ms,
        "role": owner.role,
        "decision_id": owner.decision_id,
        "not_found_since_ms": not_found_since_ms,
        **order_fields(seen),
        **({"recalled": True} if recalled else {}),
    }


def fill(at_ms: int, seen: Fill, owner: OrderId | None) -> Fields:
    """An execution was seen; role and decision are None when the order is foreign."""
    return {
        "event": "fill",
        "at_ms": at_ms,
        "trade_id": seen.trade_id,
        "client_order_id": seen.client_order_id,
        "role": None if owner is None else owner.role,
        "decision_id": None if owner is None else owner.decision_id,
        "side": seen.side,
        "price": seen.price,
        "qty": seen.qty,
        "fee_usdt": seen.fee_usdt,
        "maker": seen.maker,
        "filled_at_ms": seen.at_ms,
        "liquidation": seen.liquidation,
    }


def funding(at_ms: int, seen: Funding) -> Fields:
    """A funding payment was seen."""
    return {
        "event": "funding",
        "at_ms": at_ms,
        "funding_id": seen.funding_id,
        "amount_usdt": seen.amount_usdt,
        "paid_at_ms": seen.at_ms,
    }


def transfer(at_ms: int, seen: Transfer) -> Fields:
    """Money was brought in (> 0) or taken out: day and week began with as much more or less."""
    return {
        "event": "transfer",
        "at_ms": at_ms,
        "transfer_id": seen.transfer_id,
        "amount_usdt": seen.amount_usdt,
        "moved_at_ms": seen.at_ms,
    }


# position and trade


def position(at_ms: int, *, qty: Decimal, entry_price: Decimal | None) -> Fields:
    """The position has another quantity than before, seen for the first time now."""
    return {"event": "position", "at_ms": at_ms, "qty": qty, "entry_price": entry_price}


def trade_opened(at_ms: int, action: OpenTrade) -> Fields:
    """A trade that an own intent explains was recorded."""
    return {"event": "trade_opened", "at_ms": at_ms, **action_fields(action)}


def trade_adopted(at_ms: int, action: AdoptPosition) -> Fields:
    """A position that nothing explained was taken over."""
    return {"event": "trade_adopted", "at_ms": at_ms, **action_fields(action)}


def trade_updated(at_ms: int, action: UpdateTrade) -> Fields:
    """What changed of the open trade was recorded."""
    return {"event": "trade_updated", "at_ms": at_ms, **action_fields(action)}


def naked(at_ms: int) -> Fields:
    """A position stands without a live stop of ours, seen since now."""
    return {"event": "naked", "at_ms": at_ms}


def guarded(at_ms: int, *, guard: str) -> Fields:
    """The position is covered again, or gone (`guard` is none)."""
    return {"event": "guarded", "at_ms": at_ms, "guard": guard}


# the engine's state


def safe_mode(at_ms: int, action: EnterSafeMode) -> Fields:
    """No entries until resumed."""
    return {"event": "safe_mode", "at_ms": at_ms, "rule": action.rule, "reason": action.reason}


def paused(at_ms: int, *, reason: str, given: Given = BY_ITSELF) -> Fields:
    """The operator paused entries."""
    return {"event": "paused", "at_ms": at_ms, "reason": reason, "by": given.by, "command": given.command}


def resumed(at_ms: int, *, reason: str, given: Given = BY_ITSELF) -> Fields:
    """The operator ended pause and safe mode."""
    return {"event": "resumed", "at_ms": at_ms, "reason": reason, "by": given.by, "command": given.command}


def flatten(at_ms: int, *, reason: str, given: Given = BY_ITSELF) -> Fields:
    """The operator wants the position left and no entry until resumed."""
    return {"event": "flatten", "at_ms": at_ms, "reason": reason, "by": given.by, "command": given.command}


def flattened(at_ms: int) -> Fields:
    """What the operator wanted is done: flat is confirmed, and nothing of ours is left."""
    return {"event": "flattened", "at_ms": at_ms}


def silence(at_ms: int, *, until_ms: int) -> Fields:
    """The exchange asked for silence: nothing can be tried before `until_ms`."""
    return {"event": "silence", "at_ms": at_ms, "until_ms": until_ms}


def account(at_ms: int, *, alias: str) -> Fields:
    """Whose account this ledger is of, by the exchange's name for it; no secret."""
    return {"event": "account", "at_ms": at_ms, "alias": alias}


def pass_failed(at_ms: int, failed: Failed, *, in_a_row: int) -> Fields:
    """A pass raised: a bug. `where`: the innermost calls, outermost first."""
    return {
        "event": "pass_failed",
        "at_ms": at_ms,
        "error": failed.error,
        "where": list(failed.where),
        "in_a_row": in_a_row,
    }


def alert(at_ms: int, told: Alert) -> Fields:
    """The operator was told."""
    return {
        "event": "alert",
        "at_ms": at_ms,
        "level": told.level,
        "code": told.code,
        "rule": told.rule,
        "reason": told.reason,
    }


def notification(at_ms: int, delivery: Delivery) -> Fields:
    """What became of a recorded alert: told to the operator, or given up."""
    return {
        "event": "notification",
        "at_ms": at_ms,
        "code": delivery.code,
        "alert_at_ms": delivery.recorded_at_ms,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "error": delivery.error,
    }


def day(at_ms: int, *, start_ms: int, start_equity: Decimal | None, trades: int | None = None) -> Fields:
    """A UTC day began, or its first equity is known only now; `trades`: opened in it before the ledger began."""
    known = {} if trades is None else {"trades": trades}
    return {"event": "day", "at_ms": at_ms, "start_ms": start_ms, "start_equity": start_equity, **known}


def week(at_ms: int, *, start_ms: int, start_equity: Decimal | None) -> Fields:
    """An ISO week (Monday 00:00 UTC) began, or its first equity became known."""
    return {"event": "week", "at_ms": at_ms, "start_ms": start_ms, "start_equity": start_equity}


def equity(at_ms: int, *, equity: Decimal, wallet: Decimal | None) -> Fields:
    """A sample of the account, once a minute at most."""
    return {"event": "equity", "at_ms": at_ms, "equity": equity, "wallet": wallet}
