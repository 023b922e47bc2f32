"""Checks of the symbol and of what is planned in it: listing, size, leverage, margin mode, and what is open there."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from capi.adapters.binance.wire_inquiry import PERPETUAL, TRADING
from capi.cli.doctor.finding import Concluded, Finding, green, red, yellow
from capi.cli.doctor.visit import Visit, needed
from capi.core.account import Instrument
from capi.core.entry_levels import entry_levels
from capi.core.ids import parse_order_id
from capi.core.orders import Order
from capi.core.units import ONE, ceil_to, floor_to, percent, plain, text

ROUNDED_OFF_MAX: Final = Decimal("0.1")
"""Of the wanted notional, by rounding down to the step."""
_CENT: Final = Decimal("0.01")
_SHOWN_MAX: Final = 3


def symbol(visit: Visit) -> Finding:
    """Is the symbol traded, and are its filters readable?"""
    name = visit.settings.symbol
    listing = visit.answer(visit.exchange().listing(), vital=True)
    if listing is None:
        return red(f"{name} is not listed here", "correct symbol: the exchange's own spelling, as in BTCUSDT")
    if listing.status != TRADING or listing.contract != PERPETUAL:
        found, cure = f"{name} is {listing.contract} with status {listing.status}", "choose a symbol that trades"
        if _holds_something(visit):
            return yellow(f"{found}; what is open in it is looked after, nothing is entered", cure)
        return red(found, cure)
    if listing.margin_asset != "USDT":
        return red(f"{name} is margined in {listing.margin_asset}", "trade a symbol that USDT margins")
    visit.instrument = listing.instrument
    if listing.instrument is None:
        return red(f"the filters cannot be used: {listing.problem}", "wait for Binance, or for a newer capi")
    it = listing.instrument
    return green(
        f"{name} trades: tick {text(it.tick_size)}, step {text(it.step_size)}, "
        f"at least {text(it.min_qty)} and {text(it.min_notional)} USDT"
    )


def _holds_something(visit: Visit) -> bool:
    """Return whether a position or an order of ours is known to be open: then a start is not refused."""
    ours = (parse_order_id(visit.settings.id_prefix, order.client_order_id) for order in visit.orders or ())
    return (visit.position is not None and visit.position.qty != 0) or any(ours)


def account_money(visit: Visit) -> Finding:
    """Is there enough in the account?"""
    balance = visit.balance = visit.answer(visit.account().balance())
    least = visit.settings.risk.equity_min_usdt
    found = f"equity {_money(balance.equity)} USDT, of it available {_money(balance.available)}"
    if balance.equity < least:
        cure = "move USDT into the futures wallet, or lower risk.equity_min_usdt"
        return yellow(f"{found}: below risk.equity_min_usdt ({text(least)}), nothing is entered", cure)
    return green(found)


def planned_size(visit: Visit) -> Finding:
    """What do the symbol's filters make of the size that is to be traded?"""
    instrument = needed(visit.instrument, "the symbol's filters")
    book = visit.book = visit.answer(visit.exchange().book())
    proposal, settings = visit.proposal, visit.settings
    if proposal is not None:
        price, wish = entry_levels(proposal, instrument, settings.core().targets).price, proposal.position_size_usdt
        whose = "the decision's"
    else:
        price, wish, whose = book.bid, _example(visit), "as an example"
    quantity = floor_to(wish / price, instrument.step_size)
    visit.notional = quantity * price
    least = least_quantity(instrument, price)
    said = f"{_money(wish)} USDT ({whose}) at {text(price)} is {text(quantity)}, worth {_money(quantity * price)} USDT"
    if quantity < least:
        cure = f"raise position_size_usdt to {_money(ceil_to(least * price, ONE))} or more"
        return yellow(f"{said}: below the least entry of {text(least)}, so it is refused", cure)
    if instrument.max_qty is not None and quantity > instrument.max_qty:
        cure = "lower position_size_usdt"
        return yellow(f"{said}: above the exchange's maximum of {text(instrument.max_qty)}, it will be cut", cure)
    lost = ONE - quantity * price / wish
    if lost > ROUNDED_OFF_MAX:
        cure = f"choose multiples of {_money(instrument.step_size * price)} USDT, one step"
        return yellow(f"{said}: rounding to the step {text(instrument.step_size)} takes {percent(lost)} off", cure)
    if quantity < 2 * least:
        cure = f"raise position_size_usdt to {_money(ceil_to(2 * least * price, ONE))} or more, if you want both"
        return yellow(f"{said}: too little to be split, all of it goes to the first target", cure)
    return green(said)


def least_quantity(instrument: Instrument, price: Decimal) -> Decimal:
    """Return the smallest quantity that the filters let in at a price."""
    return max(instrument.min_qty, ceil_to(instrument.min_notional / price, instrument.step_size))


def _example(visit: Visit) -> Decimal:
    """Return the notional that risks the whole allowance at the emergency stop's distance, within the other limits."""
    risk, equity = visit.settings.risk, needed(visit.balance, "the account's equity").equity
    wish = equity * min(risk.risk_per_trade_max / visit.settings.protection.emergency_stop, Decimal(risk.leverage_max))
    wish = min(wish, risk.notional_max_usdt) if risk.notional_max_usdt else wish
    if wish <= 0:
        raise Concluded(yellow("not checked: the limits allow no size at all", "see to equity and to [risk]"))
    return wish


def leverage(visit: Visit) -> Finding:
    """Does the exchange allow the leverage for that size, and is there margin for it?"""
    notional, risk = needed(visit.notional, "the planned size"), visit.settings.risk
    wanted = risk.leverage_max
    if visit.proposal is not None:
        wanted = min(int(visit.proposal.leverage), wanted)
    brackets = visit.answer(visit.account().brackets())
    allowed = next((one.leverage_max for one in brackets if notional <= one.cap), brackets[-1].leverage_max)
    config = visit.answer(visit.account().symbol_config())
    found = f"{wanted} wanted, {config.leverage} set now"
    if allowed is None:
        return yellow(f"{found}; the exchange does not tell its maximum", "see its page on leverage brackets")
    found = f"{found}, at most {allowed} for {_money(notional)} USDT"
    if wanted > allowed:
        cure = f"lower risk.leverage_max to {allowed}, or the size"
        return yellow(f"{found}: the exchange will refuse it, and nothing is entered", cure)
    margin, available = notional / wanted, needed(visit.balance, "the account's balance").available
    if margin > available:
        cure = "lower the size, raise the leverage, or move USDT into the futures wallet"
        return yellow(f"{found}; needs {_money(margin)} USDT of margin, {_money(available)} are available", cure)
    return green(found)


def margin_mode(visit: Visit) -> Finding:
    """Is the margin mode the configured one, or can it be set?"""
    wanted, config = visit.settings.risk.margin_mode, visit.answer(visit.account().symbol_config())
    if config.margin_mode == wanted:
        return green(wanted)
    if needed(visit.position, "the position").qty or needed(visit.orders, "the open orders"):
        cure = (
            f'close the position and cancel the orders of the symbol, or set risk.margin_mode = "{config.margin_mode}"'
        )
        return yellow(f"{config.margin_mode}, {wanted} wanted: it cannot be changed while something is open", cure)
    return green(f"{config.margin_mode} now; {wanted} is set before the first entry")


def open_things(visit: Visit) -> Finding:
    """What is open in the symbol, ours and others'?"""
    inquiry, settings = visit.account(), visit.settings
    position = visit.position = visit.answer(inquiry.position(), vital=True)
    orders = (*visit.answer(inquiry.open_orders("plain")), *visit.answer(inquiry.open_orders("algo")))
    visit.orders = orders
    foreign = [one for one in orders if parse_order_id(settings.id_prefix, one.client_order_id) is None]
    found = (
        f"position {text(plain(position.qty))}, {len(orders) - len(foreign)} orders of ours, "
        f"{len(foreign)} of others{_named(foreign)}"
    )
    if foreign:
        does = {"cancel": "capi cancels them", "alert": "capi alerts", "ignore": "capi leaves them alone"}
        cure = "cancel them yourself, or decide with risk.foreign_orders"
        return yellow(f"{found}; {does[settings.risk.foreign_orders]} (risk.foreign_orders)", cure)
    if position.qty and not any(_stops(one, position.qty) for one in orders):
        cure = "start capi run: it places a stop at once; or place one, or close the position, by hand"
        return yellow(f"{found}: no stop of ours rests", cure)
    return green(found)


def _stops(order: Order, qty: Decimal) -> bool:
    reduces = order.reduce_only or order.close_position
    return order.type == "STOP_MARKET" and reduces and order.side == ("SELL" if qty > 0 else "BUY")


def _named(orders: Sequence[Order]) -> str:
    names = [order.client_order_id for order in orders[:_SHOWN_MAX]]
    more = ", …" if len(orders) > _SHOWN_MAX else ""
    return f" ({', '.join(names)}{more})" if names else ""


def _money(value: Decimal) -> str:
    return text(plain(value.quantize(_CENT)))
