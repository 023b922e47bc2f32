"""What a start refuses once it has looked: another account's ledger, a halted symbol, consequences nobody asked for.

Nothing was sent yet; each refusal is one sentence with its cure.
"""

from collections.abc import Iterator

from returns.pipeline import is_successful

from capi.adapters.binance.exchange import BinanceExchange
from capi.cli.output import FAILED, REFUSED, USAGE, fail
from capi.core.ids import parse_order_id
from capi.core.orders import OPEN, Order
from capi.core.units import percent, text
from capi.engine.run_pass import Engine
from capi.ports.exchange import Look
from capi.settings import Settings

WITHOUT_ALIAS = "the exchange does not tell the account's name: that this ledger is of this account is not checked"


def refuse_slow_exchange(round_trip_ms: int, settings: Settings) -> None:
    """End when an answer takes longer than a request is good for."""
    window_ms = settings.exchange.recv_window_ms
    if round_trip_ms > window_ms:
        what = f"the exchange answers after {round_trip_ms} ms, and a request is good for {window_ms} ms"
        fail(f"{what}: see to the network, or raise exchange.recv_window_ms", FAILED)


def refuse_other_account(engine: Engine, exchange: BinanceExchange, settings: Settings) -> str | None:
    """End when the ledger is of another account; return the account's name, which is from now on in the ledger."""
    result = exchange.account_alias()
    alias = result.unwrap() if is_successful(result) else None
    known = engine.ledger.account_alias
    if alias is None:
        engine.tell("WARNING", "account_unnamed", WITHOUT_ALIAS)
    elif known is not None and known != alias:
        what = f"the ledger in {settings.state_dir} is of account {known}, and this key is of account {alias}"
        _refuse(engine, f"{what}: use the key of {known}, or give this account a state_dir of its own")
    return alias


def refuse_halted_symbol(engine: Engine, exchange: BinanceExchange, look: Look, settings: Settings) -> None:
    """End when the symbol does not trade and nothing of it is open; what is open is looked after all the same."""
    why = exchange.not_trading
    if why is None:
        return
    ours = any(parse_order_id(settings.id_prefix, order.client_order_id) for order in _open(look))
    if look.position.qty == 0 and not ours:
        engine.end(f"refused: {why}")
        fail(f"{why}: choose a symbol that trades", USAGE)


def refuse_unasked_changes(engine: Engine, look: Look, settings: Settings) -> None:
    """End the first start on a mainnet account that would change something there which nobody has agreed to."""
    would = list(_would_change(look, settings))
    if settings.exchange.environment == "mainnet" and engine.ledger.day is None and would:
        first, last = "the first start on this account would", "add --yes if that is meant, or see to it yourself"
        _refuse(engine, "\n".join([f"{first} change what is there:", *would, last]))


def _would_change(look: Look, settings: Settings) -> Iterator[str]:
    if look.position.qty != 0:
        emergency = percent(settings.protection.emergency_stop)
        yield (
            f"adopt the position of {text(look.position.qty)} {settings.symbol}: where no stop of ours rests, one "
            f"{emergency} from the price is placed"
        )
    yield from foreign_cancels(look, settings)
    for order in _open(look):
        if look.position.qty == 0 and parse_order_id(settings.id_prefix, order.client_order_id) is not None:
            yield f"cancel {_told(order)}: it bears our id_prefix, and the ledger does not know it"


def foreign_cancels(look: Look, settings: Settings) -> Iterator[str]:
    """Yield a line for each order of somebody else that the configuration has an engine cancel."""
    for order in _open(look):
        foreign = parse_order_id(settings.id_prefix, order.client_order_id) is None
        if foreign and settings.risk.foreign_orders == "cancel":
            yield f"cancel the foreign order {_told(order)} (risk.foreign_orders)"


def _told(order: Order) -> str:
    level = order.trigger_price if order.price is None else order.price
    quantity = "all" if order.close_position else text(order.quantity)
    at = "" if level is None else f" at {text(level)}"
    return f"{order.client_order_id}, {order.side} {order.type} {quantity}{at}"


def _open(look: Look) -> list[Order]:
    return [order for order in look.orders if order.status in OPEN]


def _refuse(engine: Engine, sentence: str) -> None:
    engine.end(f"refused: {sentence.splitlines()[0]}")
    fail(sentence, REFUSED)
