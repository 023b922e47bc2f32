"""Gates that look at money: limits of the account, of the day and week, and of the exchange. USDT."""

from decimal import Decimal

from capi.core.entry_levels import round_stop
from capi.core.entry_plan import EntryPlan
from capi.core.units import ONE, ZERO, percent, text
from capi.core.view import View


def notional_max(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the position would be larger than risk.notional_max_usdt (0: no limit)."""
    limit = view.config.risk.notional_max_usdt
    if plan is None or limit == 0:
        return None
    notional = plan.size.quantity * plan.levels.price
    return f"the notional {text(notional)} is above {text(limit)} USDT" if notional > limit else None


def drawdown_day(view: View) -> str | None:
    """Closed when the day's loss has reached risk.daily_drawdown_max, and while a figure is unknown."""
    return _drawdown(view, "day", view.account.day_start_equity, view.config.risk.daily_drawdown_max)


def drawdown_week(view: View) -> str | None:
    """Closed when the week's loss has reached risk.weekly_drawdown_max, and while a figure is unknown."""
    return _drawdown(view, "week", view.account.week_start_equity, view.config.risk.weekly_drawdown_max)


def _drawdown(view: View, span: str, start: Decimal | None, limit: Decimal) -> str | None:
    equity = view.account.equity
    if equity is None or start is None:
        return f"the {span}'s loss is unknown: equity {_shown(equity)}, at the {span}'s start {_shown(start)}"
    if view.above("equity", equity, start * (ONE - limit)):
        return None
    return f"equity {text(equity)} is {percent(limit)} or more below the {span}'s start of {text(start)} USDT"


def trades_per_day(view: View) -> str | None:
    """Closed when risk.trades_per_day_max trades were opened today (0: no limit); the own open one does not count."""
    limit, trades = view.config.risk.trades_per_day_max, view.account.day_trades
    if limit == 0:
        return None
    if trades is None:
        return "the number of today's trades is unknown"
    others = trades - 1 if view.own_position and view.trade is not None else trades
    return f"{others} trades were opened today; at most {limit} are allowed" if others >= limit else None


def equity(view: View) -> str | None:
    """Closed below risk.equity_min_usdt, and while equity is unknown."""
    value, limit = view.account.equity, view.config.risk.equity_min_usdt
    if value is None:
        return "equity is unknown"
    return None if view.at_least("equity", value, limit) else f"equity {text(value)} is below {text(limit)} USDT"


def margin(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the available margin does not pay for what is missing, taker fee included."""
    if plan is None or plan.missing == 0:
        return None
    available = view.account.available
    if available is None:
        return "the available margin is unknown"
    need = plan.missing * plan.levels.price * plan.terms.margin_share
    if view.at_least("available", available, need):
        return None
    wish = f"{text(plan.missing)} at {plan.terms.leverage}x"
    return f"{wish} needs {need:.2f} USDT of margin; {text(available)} are available"


def liquidation(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the stop would lie beyond the liquidation price to be expected, less the buffer."""
    if plan is None or plan.size.quantity == 0:
        return None
    needed = plan.terms.loss_to_bear
    if view.config.risk.margin_mode == "isolated":
        borne = plan.terms.isolated_bears
        enough = borne >= needed
    elif view.account.equity is not None:
        borne = view.account.equity / plan.size.quantity
        enough = view.at_least("equity", view.account.equity, needed * plan.size.quantity)
    else:
        return "the liquidation price is unknown: equity is unknown"
    return None if enough else _beyond_liquidation(view, plan, borne)


def _beyond_liquidation(view: View, plan: EntryPlan, borne: Decimal) -> str:
    levels, buffer, distance = plan.levels, view.config.protection.liquidation_buffer, borne - plan.terms.kept_back
    long = levels.direction == "long"
    bound = (levels.price - distance) * (ONE + buffer) if long else (levels.price + distance) * (ONE - buffer)
    shown = text(round_stop(max(bound, ZERO), levels.direction, view.instrument.tick_size))
    return f"the stop {text(levels.sl)} lies beyond {shown}, {percent(buffer)} inside the liquidation price"


def below_minimum(view: View, plan: EntryPlan | None) -> str | None:
    """Closed when the entry, its stop or a target would be below the exchange's minimum, each at its own price."""
    if plan is None:
        return None
    quantity, instrument = plan.size.quantity, view.instrument
    if quantity < instrument.min_qty or quantity == ZERO:
        return f"quantity {text(quantity)} is below the minimum of {text(instrument.min_qty)}{_cuts(plan)}"
    if quantity * plan.terms.lowest_price >= instrument.min_notional:
        return None
    return _below_notional(view, plan, quantity)


def _below_notional(view: View, plan: EntryPlan, quantity: Decimal) -> str:
    """Say which of entry, stop and TP1 is too small.

    What cannot be split goes to TP1 whole, so a part on its own is never below the minimum: the whole may be.
    """
    levels, least = plan.levels, view.instrument.min_notional
    prices = {"entry": levels.price, "stop": levels.sl, "tp1": levels.tp1}
    name, price = next((name, price) for name, price in prices.items() if quantity * price < least)
    notional = f"{text(quantity)} at {text(price)} = {text(quantity * price)} USDT"
    return f"the {name}'s notional ({notional}) is below the minimum of {text(least)}{_cuts(plan)}"


def _cuts(plan: EntryPlan) -> str:
    return f" ({'; '.join(plan.size.cuts)})" if plan.size.cuts else ""


def _shown(value: Decimal | None) -> str:
    return "unknown" if value is None else text(value)
