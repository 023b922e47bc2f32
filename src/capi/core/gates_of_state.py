"""Gates that look at the engine's and the account's state."""

from capi.core.entry_plan import EntryPlan
from capi.core.units import text
from capi.core.view import View


def safe_mode(view: View) -> str | None:
    """Closed in safe mode."""
    why = view.account.safe_mode
    return None if why is None else f"safe mode: {why}"


def paused(view: View) -> str | None:
    """Closed while the operator has paused entries or wants to be flat, and from when the run is told to end."""
    if view.account.ends:
        return "the run ends: nothing new is entered"
    if view.account.flatten is not None:
        return f"the operator wants to be flat: {view.account.flatten}"
    return "entries are paused by the operator" if view.account.paused else None


def account_mode(view: View) -> str | None:
    """Closed unless the account is known to be in one-way and single-asset mode."""
    mode, multi = view.account.position_mode, view.account.multi_assets
    if mode != "one_way":
        return f"position mode is {mode or 'unknown'}; only one_way is supported"
    if multi is not False:
        return f"multi-assets mode is {'on' if multi else 'unknown'}; only single-asset mode is supported"
    return None


def position(view: View) -> str | None:
    """Closed while a position stands that this decision's own fills do not explain, or a trade is not settled."""
    if view.direction is not None and not view.own_position:
        return f"a {view.direction} position of {text(view.size)} stands that is not this decision's own"
    if view.direction is None and view.account.trade is not None:
        return f"the trade of decision {view.account.trade.decision_id} is not settled yet"
    return None


def leftover_orders(view: View) -> str | None:
    """Closed while an exit order of another trade rests or might."""
    if view.direction is not None and not view.own_position:
        return None
    mine = view.decision.decision_id
    left = {own.order.client_order_id for own in view.reducing if own.may_rest and own.id.decision_id != mine}
    return f"exit orders of another trade may rest: {', '.join(sorted(left))}" if left else None


def view_incomplete(view: View) -> str | None:
    """Closed while a part of the view is missing or older than our last write."""
    return None if view.account.complete else "the view is incomplete"


def write_unconfirmed(view: View) -> str | None:
    """Closed while an order that can add risk is of unknown fate, or a fill or a flat is not settled."""
    seen, unknown = [], []
    for own in view.entries:
        seen.append(own.order.client_order_id)
        if own.is_unknown:
            unknown.append(own.order.client_order_id)
    unknown += [intent.client_order_id for intent in view.account.intents if intent.client_order_id not in seen]
    if unknown:
        return f"the fate of {', '.join(sorted(unknown))} is unknown"
    if view.direction is not None or view.flat_confirmed:
        return None
    if view.unseen_fill is not None:
        return f"a fill of {text(view.unseen_fill[1])} is not visible in the position yet"
    if view.account.trade is None and view.account.complete:
        return "the position was flat for less than 2 s: flat is not confirmed yet"
    return None


def settings_unconfirmed(view: View, plan: EntryPlan | None) -> str | None:
    """Closed until leverage and margin mode have been read back as wanted."""
    if plan is None:
        return None
    account, leverage, mode = view.account, plan.terms.leverage, view.config.risk.margin_mode
    if account.leverage == leverage and account.margin_mode == mode:
        return None
    wrong = []
    if account.leverage != leverage:
        wrong.append(f"leverage is {account.leverage or 'unknown'}, wanted {leverage}")
    if account.margin_mode != mode:
        wrong.append(f"margin mode is {account.margin_mode or 'unknown'}, wanted {mode}")
    return "; ".join(wrong)
