"""The requests that change settings: leverage and margin mode, kept per symbol until changed again."""

from capi.adapters.paper.account import money
from capi.adapters.paper.state import State
from capi.core.account import MarginMode
from capi.core.errors import Rejected


def set_leverage(state: State, leverage: int) -> Rejected | None:
    """Set the leverage, or return why not."""
    account = state.account
    if not 1 <= leverage <= state.config.leverage_max:
        return Rejected(-4028, f"Leverage {leverage} is not valid: 1 to {state.config.leverage_max}.")
    if account.qty and leverage < account.leverage:
        if account.margin_mode == "isolated":
            return Rejected(-4161, "Leverage reduction is not supported in isolated mode with an open position.")
        if state.equity < money(abs(account.qty) * state.market.mark / leverage):
            return Rejected(-2028, f"Leverage {leverage} needs more margin than {state.equity} USDT.")
    account.set_leverage(leverage)
    return None


def set_margin_mode(state: State, margin_mode: MarginMode) -> Rejected | None:
    """Set the margin mode, or return why not. Conditional orders count as open ones (not verified: the stricter)."""
    if margin_mode == state.account.margin_mode:
        return Rejected(-4046, "No need to change margin type.")
    if any(state.book.worlds.values()):
        return Rejected(-4047, "Margin type cannot be changed while open orders exist.")
    if state.account.qty:
        return Rejected(-4048, "Margin type cannot be changed while a position exists.")
    state.account.set_margin_mode(margin_mode)
    return None
