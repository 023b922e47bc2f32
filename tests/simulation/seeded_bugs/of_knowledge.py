"""Bugs in what the engine believes: of lists, of fills, of a flat, of its own past."""

from dataclasses import replace
from typing import Any, Final

from capi.core.orders import ENDED
from tests.simulation.seeded_bugs.plant import Bug, always, bug


def _plain_alone(assemble: Any) -> Any:
    def wrong(look: Any, ledger: Any) -> Any:
        account, orders = assemble(look, ledger)
        return account, tuple(order for order in orders if order.kind == "plain")

    return wrong


def _of_own_fills(assemble: Any) -> Any:
    """The position is the sum of our own fills, not what the exchange says."""

    def wrong(look: Any, ledger: Any) -> Any:
        account, orders = assemble(look, ledger)
        known = ledger.trades.open
        own = account.position.qty if known is None else known.flows.entry_qty - known.flows.exit_qty
        sign = -1 if known is not None and known.trade.side == "short" else 1
        return replace(account, position=replace(account.position, qty=sign * own)), orders

    return wrong


def _counted_again(folds: Any) -> Any:
    """Fills are not told apart by their number: after a restart all are counted once more."""

    def fill(ledger: Any, event: Any) -> None:
        before = ledger.fills_cursor
        folds["fill"](ledger, event)
        ledger.fills_cursor = before

    return {**folds, "fill": fill}


def _forgets(*names: str) -> Any:
    """Return a replay that leaves events of these names out: what a restart forgets."""

    def wrong(replay: Any) -> Any:
        return lambda self, events: replay(self, (event for event in events if event["event"] not in names))

    return wrong


def _always_complete(assemble: Any) -> Any:
    """A look that could not read everything counts as whole."""

    def wrong(look: Any, ledger: Any) -> Any:
        account, orders = assemble(look, ledger)
        return replace(account, complete=True), orders

    return wrong


def _any_flat(changes: Any) -> Any:
    """A look without the position, or with a list missing, counts as whole when it is folded."""
    return lambda look, *args, **kwargs: changes(replace(look, gaps=()), *args, **kwargs)


WITHOUT_MATCH: Final = ENDED - {"EXPIRED_IN_MATCH", "EXPIRED"}

BUGS: Final[tuple[Bug, ...]] = (
    bug(
        "ignore_the_algo_list",
        "only the list of plain orders is read: stops live in the other one (since 2025-12)",
        ("capi.engine.run_pass:assemble", _plain_alone),
    ),
    bug(
        "trust_one_flat_look",
        "the first look without a position ends the trade",
        ("capi.core.view:View._is_flat_for_certain", always(True)),
    ),
    bug(
        "position_from_fills",
        "the position is what our own fills add up to (nautilus_trader#3104)",
        ("capi.engine.run_pass:assemble", _of_own_fills),
    ),
    bug(
        "fills_counted_again",
        "fills are not told apart by their number",
        ("capi.engine.ledger:_FOLDS", _counted_again),
    ),
    bug(
        "restart_forgets_intents",
        "which entries were sent is kept in memory alone",
        ("capi.engine.ledger:Ledger.replay", _forgets("intent")),
    ),
    bug(
        "restart_forgets_the_trade",
        "which trade is open is kept in memory alone (jesse#371)",
        ("capi.engine.ledger:Ledger.replay", _forgets("trade_opened", "trade_adopted")),
    ),
    bug(
        "restart_forgets_orders",
        "which ids were used is kept in memory alone",
        ("capi.engine.ledger:Ledger.replay", _forgets("sent", "answered", "order")),
    ),
    bug(
        "expired_is_not_an_end",
        "EXPIRED and EXPIRED_IN_MATCH are missing from the final states (binance-trading-bot#778)",
        ("capi.engine.order_records:ENDED", lambda right: WITHOUT_MATCH),
        ("capi.engine.ledger:ENDED", lambda right: WITHOUT_MATCH),
        ("capi.engine.order_merge:ENDED", lambda right: WITHOUT_MATCH),
        ("capi.engine.observe:ENDED", lambda right: WITHOUT_MATCH),
    ),
    bug(
        "half_a_view_is_whole",
        "a look that could not read everything is planned on as a whole one",
        ("capi.engine.run_pass:assemble", _always_complete),
        ("capi.engine.run_pass:changes", _any_flat),
    ),
)
