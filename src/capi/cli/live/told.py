"""What a live command says at its beginning and at its end: whose account it is, and what stays on the exchange."""

from collections.abc import Iterator

from capi import bootstrap
from capi.cli.live.session import Session
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN, Order
from capi.core.units import percent, plain, text
from capi.engine.ledger import Ledger
from capi.engine.report import PassReport


def banner(session: Session) -> Iterator[str]:
    """Yield what is traded where, under which limits, and what is open."""
    settings, look = session.settings, session.look
    account = "unnamed" if session.account_alias is None else session.account_alias
    yield f"{settings.exchange.environment} {settings.symbol} at {bootstrap.live_url(settings)}, account {account}"
    yield f"decisions from {settings.decision_file}"
    risk = settings.risk
    trades = f"{risk.trades_per_day_max} trades a day" if risk.trades_per_day_max else "any number of trades a day"
    yield (
        f"at most {percent(risk.risk_per_trade_max)} of equity at risk, leverage {risk.leverage_max}, {trades}, "
        f"{percent(risk.daily_drawdown_max)} lost a day, {percent(risk.weekly_drawdown_max)} a week"
    )
    yield from _standing(session.engine.ledger)
    equity = "unknown" if look.equity is None else f"{text(plain(look.equity))} USDT"
    open_orders = [order for order in look.orders if order.status in OPEN]
    ours = sum(parse_order_id(settings.id_prefix, order.client_order_id) is not None for order in open_orders)
    foreign = len(open_orders) - ours
    yield (
        f"equity {equity}, position {text(look.position.qty)}, open orders: {ours} ours, {foreign} foreign "
        f"(risk.foreign_orders: {risk.foreign_orders})"
    )


def _standing(ledger: Ledger) -> Iterator[str]:
    """Yield what earlier runs and the operator have left in force."""
    if ledger.safe_mode is not None:
        yield f"SAFE MODE, no entries until capi resume: {ledger.safe_mode}"
    if ledger.flatten is not None:
        yield f"a flatten is under way and goes on: {ledger.flatten}"
    elif ledger.paused:
        yield "paused: no entries until capi resume"


def what_stays(report: PassReport, ledger: Ledger) -> Iterator[str]:
    """Yield what stays on the exchange after a run, as it was last seen and answered."""
    if report.account is None:
        yield "what stays on the exchange is not known: nothing could be read"
        return
    qty = report.account.position.qty
    records = [ledger.orders.by_key[key] for key in ledger.orders.unsettled]
    resting = [one for one in records if one.order.status in OPEN]
    unclear = [one for one in records if one.order.status == "UNKNOWN"]
    if not report.account.complete:
        yield "the last look was not whole: see on the exchange what stays there"
    elif qty == 0 and not resting and not unclear:
        yield "nothing of ours stays on the exchange"
    if qty != 0:
        yield f"stays on the exchange: a position of {text(qty)}, guard {report.guard}"
    elif resting:
        yield "flat; what still rests:"
    for record in resting:
        yield f"stays on the exchange: {record.order.client_order_id}, {_order(record.order)}"
    for record in unclear:
        yield f"may stay on the exchange, its fate is unknown: {record.order.client_order_id}, {_order(record.order)}"


def _order(order: Order) -> str:
    quantity = "all of it" if order.close_position else text(order.remaining_qty)
    level = order.trigger_price if order.price is None else order.price
    return f"{order.side} {order.type} {quantity}" + ("" if level is None else f" at {text(level)}")
