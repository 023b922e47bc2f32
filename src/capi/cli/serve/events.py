"""What the user data stream says, in Binance's words (facts, section 6). Made at the moment of the change."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from capi.cli.serve.numbers import fixed, price_digits, quantity_digits
from capi.cli.serve.records import Record, Traded
from capi.cli.serve.wording import expiry_reason, time_in_force, working_type
from capi.core.units import ZERO, plain, text

if TYPE_CHECKING:
    from capi.cli.serve.recorder import Change
    from capi.cli.serve.venue import Venue


def order_update(venue: "Venue", change: "Change", record: Record, traded: Traded | None) -> dict[str, Any]:
    """Return ORDER_TRADE_UPDATE."""
    order, now_ms = record.order, venue.now_ms()
    prices, quantities = price_digits(venue.instrument), quantity_digits(venue.instrument)
    fill = None if traded is None else traded.fill
    body: dict[str, Any] = {
        "s": venue.instrument.symbol,
        "c": order.client_order_id,
        "S": order.side,
        "o": order.type,
        "f": time_in_force(record),
        "q": fixed(order.quantity, quantities),
        "p": fixed(order.price, prices),
        "ap": fixed(plain(record.average_price), prices),
        "sp": "0",
        "x": "CALCULATED" if fill is not None and fill.liquidation else change,
        "X": order.status,
        "i": record.number,
        "l": fixed(None if fill is None else fill.qty, quantities),
        "z": fixed(order.filled_qty, quantities),
        "L": fixed(None if fill is None else fill.price, prices),
        "T": now_ms,
        "t": 0 if fill is None else fill.trade_id,
        "b": "0",
        "a": "0",
        "m": fill is not None and fill.maker,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": order.type,
        "ps": "BOTH",
        "cp": False,
        "rp": text(ZERO if traded is None else plain(traded.realised)),
        "pP": record.extras.price_protect,
        "si": 0,
        "ss": 0,
        "V": record.extras.self_trade_prevention,
        "pm": "NONE",
        "gtd": 0,
        "er": expiry_reason(record) if change == "EXPIRED" else "0",
    }
    if fill is not None:
        body |= {"n": fixed(fill.fee_usdt, 8), "N": "USDT"}
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": now_ms, "o": body}


def trade_lite(venue: "Venue", record: Record, traded: Traded) -> dict[str, Any]:
    """Return TRADE_LITE: the same fill, told first and in fewer words."""
    fill, now_ms = traded.fill, venue.now_ms()
    prices, quantities = price_digits(venue.instrument), quantity_digits(venue.instrument)
    return {
        "e": "TRADE_LITE",
        "E": now_ms,
        "T": now_ms,
        "s": venue.instrument.symbol,
        "q": fixed(record.order.quantity, quantities),
        "p": fixed(record.order.price, prices),
        "m": fill.maker,
        "c": record.order.client_order_id,
        "S": fill.side,
        "L": fixed(fill.price, prices),
        "l": fixed(fill.qty, quantities),
        "t": fill.trade_id,
        "i": record.number,
    }


def algo_update(venue: "Venue", record: Record) -> dict[str, Any]:
    """Return ALGO_UPDATE."""
    order, child, now_ms = record.order, record.child, venue.now_ms()
    prices, quantities = price_digits(venue.instrument), quantity_digits(venue.instrument)
    body: dict[str, Any] = {
        "caid": order.client_order_id,
        "aid": record.number,
        "at": "CONDITIONAL",
        "o": order.type,
        "s": venue.instrument.symbol,
        "S": order.side,
        "ps": "BOTH",
        "f": time_in_force(record),
        "q": "0" if order.close_position else fixed(order.quantity, quantities),
        "X": record.algo_status,
        "ai": "" if child is None else str(child.number),
        "ap": fixed(None if child is None else plain(child.average_price), 0),
        "aq": fixed(None if child is None else child.order.filled_qty, 0),
        "act": "" if child is None else child.order.type,
        "tp": fixed(order.trigger_price, prices),
        "p": "0",
        "V": record.extras.self_trade_prevention,
        "wt": working_type(record),
        "pm": "NONE",
        "cp": order.close_position,
        "pP": record.extras.price_protect,
        "R": order.reduce_only or order.close_position,
        "tt": order.triggered_at_ms or 0,
        "gtd": 0,
    }
    if record.refusal is not None:
        body["rm"] = record.refusal
    return {"e": "ALGO_UPDATE", "T": now_ms, "E": now_ms, "o": body}


def account_update(venue: "Venue", reason: str, change: Decimal = ZERO) -> dict[str, Any]:
    """Return ACCOUNT_UPDATE; funding in cross mode tells the balance alone."""
    account, mark, now_ms = venue.account, venue.state.market.mark, venue.now_ms()
    wallet = fixed(account.wallet, 8)
    isolated = account.isolated if account.margin_mode == "isolated" else ZERO
    balance = {"a": "USDT", "wb": wallet, "cw": fixed(account.wallet - isolated, 8), "bc": text(plain(change))}
    body: dict[str, Any] = {"m": reason, "B": [balance], "P": []}
    if reason == "FUNDING_FEE":
        body["S"] = venue.instrument.symbol
    if reason in ("ORDER", "MARGIN_TYPE_CHANGE") or (reason == "FUNDING_FEE" and isolated):
        entry = account.entry_price or ZERO
        fee = venue.state.config.taker_fee * (1 if account.qty > 0 else -1)
        body["P"] = [
            {
                "s": venue.instrument.symbol,
                "pa": fixed(account.qty, quantity_digits(venue.instrument)),
                "ep": text(entry),
                "bep": text(plain(entry * (1 + fee))),
                "cr": text(plain(account.realised)),
                "up": text(plain(account.unrealised(mark))) if account.qty else "0",
                "mt": account.margin_mode,
                "iw": text(plain(isolated)),
                "ps": "BOTH",
                "ma": "USDT",
            }
        ]
    return {"e": "ACCOUNT_UPDATE", "E": now_ms, "T": now_ms, "a": body}


def leverage_changed(venue: "Venue", leverage: int) -> dict[str, Any]:
    """Return ACCOUNT_CONFIG_UPDATE of a symbol."""
    now_ms = venue.now_ms()
    body = {"s": venue.instrument.symbol, "l": leverage}
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": now_ms, "T": now_ms, "ac": body}


def multi_assets_changed(venue: "Venue", on: bool) -> dict[str, Any]:
    """Return ACCOUNT_CONFIG_UPDATE of the account."""
    now_ms = venue.now_ms()
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": now_ms, "T": now_ms, "ai": {"j": on}}


def listen_key_expired(venue: "Venue", key: str) -> dict[str, Any]:
    """Return listenKeyExpired."""
    return {"e": "listenKeyExpired", "E": venue.now_ms(), "listenKey": key}
