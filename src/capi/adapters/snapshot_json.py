"""The snapshot file of `capi plan`: a decision, an account and its orders at one instant, and configuration.

Source: the outside contract of `capi plan --snapshot`. All of it is checked before any of it is planned with: unknown
and missing keys, numbers without a unit where one is needed, prices that no market has. Absent keys have the obvious
default, written beside each; null is "unknown" and stays unknown (of lists and of `paused` and `complete` it is the
same as absent). Errors are `InputError`s that begin with the place.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, get_args

from capi.adapters import fields
from capi.adapters.decision_json import parse_decision, read_decision
from capi.adapters.exact_json import JsonError, OutOfBounds, exact_json
from capi.adapters.fields import FRACTION, NOT_NEGATIVE, POSITIVE, Bounds, InputError, inside, shown
from capi.adapters.json_table import Table
from capi.adapters.snapshot_orders import intent_of, last_trade_of, order_of, trade_of
from capi.core.account import Account, Instrument, MarginMode, Market, Position, PositionMode
from capi.core.decision import Unusable
from capi.core.orders import Orders
from capi.core.units import EXACT, ZERO, plain
from capi.core.value import value
from capi.ports.decisions import Received

SNAPSHOT_BYTES_MAX: Final = 8 << 20
NO_DECISION: Final = Received(decision=Unusable(reason="the decision is missing: the snapshot holds none"))
_POSITION_MODES: Final[dict[str, PositionMode]] = {name: name for name in get_args(PositionMode)}
_MARGIN_MODES: Final[dict[str, MarginMode]] = {name: name for name in get_args(MarginMode)}
_AT_LEAST_ONE: Final = Bounds(at_least=1)
_MIN_NOTIONAL: Final = Decimal(5)  # USDT: the lowest that the exchange has for any symbol
_MAKER_FEE: Final = Bounds(at_least=-1, at_most=1)  # below zero it is a rebate


@value
class Snapshot:
    """What a snapshot file holds. `config` and `written_decision` are as they came, numbers exact."""

    account: Account
    orders: Orders
    config: Mapping[str, object]
    written_decision: object

    def decision(self, *, symbol: str, id_prefix: str) -> Received:
        """Return its decision: an object (numbers may stand in quotes), or the raw text of a decision file."""
        written = self.written_decision
        if written is None:
            return NO_DECISION
        if isinstance(written, str):
            return parse_decision(written.encode(), symbol=symbol, id_prefix=id_prefix, mtime_ms=None)
        return read_decision(written, symbol=symbol, id_prefix=id_prefix, mtime_ms=None, numbers_as_text=True)


def read_snapshot(document: bytes) -> Snapshot:
    """Return what a snapshot file's bytes hold. Raises InputError."""
    try:
        value = exact_json(document, bytes_max=SNAPSHOT_BYTES_MAX)
    except JsonError as error:
        raise InputError(f"the snapshot {error}") from error
    top = Table(value, "", required=("now", "account"), optional=("decision", "config"), absent_if_null=("orders",))
    orders = enumerate(fields.array(top.get("orders", []), "orders"))
    return Snapshot(
        account=_account(top.get("account"), top.known_time("now")),
        orders=tuple(order_of(order, f"orders[{index}]") for index, order in orders),
        config=_config(top.get("config")),
        written_decision=top.get("decision"),
    )


def _config(value: object) -> Mapping[str, object]:
    table = {} if value is None else fields.table(value, "config")
    _refuse_out_of_bounds(table, "config")
    return table


def _refuse_out_of_bounds(value: object, place: str) -> None:
    if isinstance(value, OutOfBounds):
        fields.number(value, place)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_out_of_bounds(item, inside(place, key))
    elif isinstance(value, list):
        for item in value:
            _refuse_out_of_bounds(item, place)


def _account(value: object, now_ms: int) -> Account:
    account = Table(
        value,
        "account",
        required=("equity", "position", "market", "instrument", "day", "week"),
        optional=(
            *("wallet", "available", "position_mode", "multi_assets", "margin_mode", "leverage", "trade"),
            *("last_trade", "naked_since", "dead_man_until", "safe_mode", "flatten", "acts_since"),
        ),
        absent_if_null=("intents", "paused", "complete"),
    )
    day = _figures(account, "day", ("start_equity", "trades"))
    week = _figures(account, "week", ("start_equity",))
    equity, seen = account.number("equity"), _position(account.get("position"))
    position = Position(qty=ZERO) if seen is None else seen
    intents = enumerate(fields.array(account.get("intents", []), "account.intents"))
    return Account(
        now_ms=now_ms,
        equity=equity,
        wallet=account.number("wallet", default=equity),
        available=account.number("available", default=equity),
        position_mode=account.optional_choice("position_mode", _POSITION_MODES, "one_way"),
        multi_assets=account.optional_flag("multi_assets", default=False),
        margin_mode=account.optional_choice("margin_mode", _MARGIN_MODES),
        leverage=account.whole("leverage", _AT_LEAST_ONE),
        position=position,
        market=_market(account.get("market")),
        instrument=_instrument(account.get("instrument")),
        day_start_equity=day.number("start_equity"),
        day_trades=day.whole("trades", NOT_NEGATIVE),
        week_start_equity=week.number("start_equity"),
        trade=trade_of(account.get("trade"), "account.trade", position.qty),
        intents=tuple(intent_of(intent, f"account.intents[{index}]") for index, intent in intents),
        last_trade=last_trade_of(account.get("last_trade"), "account.last_trade"),
        naked_since_ms=account.time("naked_since"),
        dead_man_until_ms=account.time("dead_man_until"),
        safe_mode=_why(account, "safe_mode"),
        paused=account.flag("paused", default=False),
        flatten=_why(account, "flatten"),
        acts_since_ms=account.time("acts_since"),
        complete=account.flag("complete", default=True) and seen is not None,
        position_readable=seen is not None,
    )


def _figures(account: Table, key: str, required: tuple[str, ...]) -> Table:
    """Return a period's figures; null says that none of them is known."""
    value = account.get(key)
    return Table(dict.fromkeys(required) if value is None else value, account.at(key), required=required)


def _why(account: Table, key: str) -> str | None:
    """Return why something holds (safe mode, a flatten); true says that it does, without saying why."""
    value = account.get(key)
    if value is None or value is False:
        return None
    return "set in the snapshot" if value is True else account.text(key)


def _position(value: object) -> Position | None:
    """Return the position, or None when it could not be read: its quantity is null."""
    position = Table(
        value, "account.position", required=("qty",), optional=("entry_price", "liquidation_price", "since")
    )
    qty = position.number("qty")
    entry_price, liquidation_price = position.price("entry_price"), position.price("liquidation_price")
    since_ms = position.time("since")
    if qty is None:
        return None
    return Position(qty=qty, entry_price=entry_price, liquidation_price=liquidation_price, since_ms=since_ms)


def _market(value: object) -> Market:
    market = Table(
        value,
        "account.market",
        required=("bid", "ask", "volatility"),
        optional=("bid_qty", "ask_qty", "mark", "last"),
    )
    bid, ask = market.number("bid", POSITIVE), market.number("ask", POSITIVE)
    middle = None
    if bid is not None and ask is not None:
        if bid >= ask:
            raise InputError(f"account.market: bid {shown(bid)} is not below ask {shown(ask)}; correct one")
        middle = EXACT.divide(EXACT.add(bid, ask), Decimal(2))
    return Market(
        bid=bid,
        ask=ask,
        bid_qty=market.number("bid_qty", NOT_NEGATIVE),
        ask_qty=market.number("ask_qty", NOT_NEGATIVE),
        mark=market.number("mark", POSITIVE, middle),
        last=market.number("last", POSITIVE, middle),
        volatility=market.ratio("volatility"),
    )


def _instrument(value: object) -> Instrument:
    instrument = Table(
        value,
        "account.instrument",
        required=("symbol", "tick_size", "step_size"),
        optional=(
            *("min_qty", "max_qty", "market_max_qty", "min_notional", "price_band_up", "price_band_down"),
            *("maker_fee", "taker_fee", "maintenance_margin"),
        ),
    )
    step_size = plain(instrument.exact("step_size", POSITIVE))
    return Instrument(
        symbol=instrument.text("symbol", length_max=64),
        tick_size=plain(instrument.exact("tick_size", POSITIVE)),
        step_size=step_size,
        min_qty=instrument.exact("min_qty", NOT_NEGATIVE, step_size),
        max_qty=instrument.number("max_qty", POSITIVE),
        market_max_qty=instrument.number("market_max_qty", POSITIVE),
        min_notional=instrument.exact("min_notional", NOT_NEGATIVE, _MIN_NOTIONAL),
        price_band_up=instrument.known_ratio("price_band_up", "5%"),
        price_band_down=instrument.known_ratio("price_band_down", "5%", FRACTION),
        maker_fee=instrument.known_ratio("maker_fee", "0.02%", _MAKER_FEE),
        taker_fee=instrument.known_ratio("taker_fee", "0.05%", FRACTION),
        maintenance_margin=instrument.known_ratio("maintenance_margin", "0.4%", FRACTION),
    )
