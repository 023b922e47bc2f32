"""A replay told step by step: quotes, and between them what people and bad days do to the account.

Everything is the real thing: driver, engine, rules, journal file, paper exchange. The invariants are checked after
every pass, and each story is played twice, skipping passes and running all of them: both must have the same journal.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from capi import bootstrap
from capi.adapters.decision_replay import read_decisions_jsonl
from capi.adapters.paper.exchange import PaperExchange
from capi.adapters.paper.faults import Fault
from capi.adapters.paper.orders import NewOrder
from capi.adapters.prices import Candle
from capi.cli.output import iso
from capi.cli.replay.driver import Replay
from capi.cli.replay.invariants import Invariants
from capi.core.decision import Side
from capi.core.orders import Order, OrderType
from capi.ports.exchange import Request
from capi.ports.market import Quote
from capi.settings import Settings, load_settings

D = Decimal
T0: Final = 1_764_324_300_000  # 2025-11-28T10:05:00Z, when the first decision is made
ID: Final = "20251128T100500Z"
TICK: Final = D("0.1")
MIDDLE: Final = D(90800)  # of the zone, and the mirror's axis

Step = Quote | Callable[[PaperExchange], object]


def decision(after_s: int = 0, action: str = "long", **changes: Any) -> dict[str, Any]:
    """Return the example decision, made `after_s` seconds after the first; a short is the long's mirror."""
    base: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "timestamp_iso": iso(T0 + after_s * 1000),
        "action": action,
        "entry_zone": [90700, 90900],
        "sl": 89800,
        "tp1": 92200,
        "tp2": 93500,
        "position_size_usdt": 1000,
        "leverage": 3,
        "confidence": 0.76,
    }
    if action == "short":
        base |= {key: int(2 * MIDDLE) - base[key] for key in ("sl", "tp1", "tp2")}
    if action == "flat":
        base |= {"entry_zone": None, "sl": None, "tp1": None, "tp2": None, "position_size_usdt": 0, "leverage": 0}
    return base | changes


class Market:
    """Writes quotes: the price is the ask, the bid a tick below; `mirrored`, at the middle of the zone."""

    def __init__(self, *, mirrored: bool = False) -> None:
        self.at_ms = T0
        self._mirrored = mirrored
        self._last = D(90850)

    def stay(self, seconds: int) -> list[Step]:
        """Stay at the price for some seconds, a quote each."""
        return [self._quote(self._last) for _ in range(seconds)]

    def go(self, price: int | str, seconds: int = 1, **fields: Decimal | None) -> list[Step]:
        """Jump to a price and stay there."""
        self._last = D(price)
        return [self._quote(self._last, **fields) for _ in range(seconds)]

    def _quote(self, ask: Decimal, **fields: Decimal | None) -> Quote:
        self.at_ms += 1000
        bid = ask - TICK
        if self._mirrored:
            bid, ask = 2 * MIDDLE - ask, 2 * MIDDLE - bid
        return Quote(self.at_ms - 1000, bid, ask, **({"bid_qty": D(5), "ask_qty": D(5)} | fields))


@dataclass
class Faulty:
    """`Faults` by a rule. `lag`: how many looks show the position as it was before a change."""

    rule: Callable[[Request], Fault | None] = lambda request: None
    lag: int = 0

    def on_request(self, request: Request) -> Fault | None:
        """Return what the rule says."""
        return self.rule(request)

    def position_lag(self) -> int:
        """Return the lag."""
        return self.lag


@dataclass
class Told:
    """What a story left behind: its journal, and the exchange after it."""

    journal: Path
    exchange: PaperExchange
    passes: int
    events: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.events = [json.loads(line) for line in self.journal.read_text().splitlines()]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one name."""
        return [event for event in self.events if event["event"] == name]

    def sent(self, role: str) -> list[dict[str, Any]]:
        """Return the orders that were sent in one role."""
        return [event for event in self.named("sent") if event.get("role") == role]

    def fills(self, role: str | None) -> list[dict[str, Any]]:
        """Return the executions of our orders in one role; None: of foreign orders."""
        return [event for event in self.named("fill") if event["role"] == role]

    @property
    def trades(self) -> list[dict[str, Any]]:
        """Return the summaries of the closed trades."""
        return self.named("trade_closed")

    @property
    def alerts(self) -> list[str]:
        """Return the alerts as LEVEL code."""
        return [f"{event['level']} {event['code']}" for event in self.named("alert")]

    @property
    def open_ids(self) -> set[str]:
        """Return the client ids of the orders that are open at the end."""
        return {order.client_order_id for order in self.exchange.open_orders()}

    @property
    def plot(self) -> list[str]:
        """Return what was done and what happened, in order: requests about orders, fills, the trade's record."""
        return [line for event in self.events if (line := _line(event)) is not None]


def _line(event: dict[str, Any]) -> str | None:
    short = str(event.get("client_order_id")).removeprefix("capi_").replace(f"_{ID}", "")
    match event["event"], event.get("action"):
        case "sent", "place_order":
            return f"place {short}"
        case "sent", "cancel_order":
            return f"cancel {short}"
        case "fill", _:
            return f"fill {short} {event['qty']}"
        case "trade_opened" | "trade_adopted" as name, _:
            return str(name)
        case "trade_updated", _:
            return f"trade_updated sl {event['sl']}"
        case "trade_closed", _:
            return f"trade_closed {event['exit_reason']}"
        case "safe_mode", _:
            return "safe_mode"
        case _:
            return None


def tell(
    folder: Path,
    steps: Iterable[Step],
    *,
    decisions: Iterable[dict[str, Any]] = (),
    faults: Callable[[], Faulty] | None = None,
    **tables: dict[str, Any],
) -> Told:
    """Play a story in both ways and return what the skipping one left. `tables`: those of capi.toml."""
    told, lines = list(steps), written(folder, list(decisions) or [decision()])
    return play_both(folder, lambda exchange: _rows(exchange, told), lines, load_settings(None, tables, env={}), faults)


def written(folder: Path, decisions: Iterable[dict[str, Any]]) -> Path:
    """Write decisions, one a line."""
    path = folder / "decisions.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in decisions))
    return path


def play_both(
    folder: Path,
    rows: Callable[[PaperExchange], Iterable[Quote | Candle]],
    decisions: Path,
    settings: Settings,
    faults: Callable[[], Faulty] | None = None,
) -> Told:
    """Play rows with and without skipping, compare the journals, and return what skipping left."""
    skipping, every = (
        _play(folder / name, rows, decisions, settings, faults, every_pass=name == "every")
        for name in ("skipping", "every")
    )
    kept = [[_kept(event) for event in one.events if event["event"] != "pass"] for one in (skipping, every)]
    assert kept[0] == kept[1], "leaving passes out has changed the story"
    return skipping


def _kept(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "seq"}


def _play(
    folder: Path,
    rows: Callable[[PaperExchange], Iterable[Quote | Candle]],
    decisions: Path,
    settings: Settings,
    faults: Callable[[], Faulty] | None,
    *,
    every_pass: bool,
) -> Told:
    folder.mkdir()
    exchange = bootstrap.paper_exchange(settings, bootstrap.paper_instrument(settings, None), 0)
    exchange.faults = None if faults is None else faults()
    config = settings.core()
    with bootstrap.replay_journal(folder) as journal:
        source = read_decisions_jsonl(decisions, settings.symbol, settings.id_prefix)
        engine = bootstrap.paper_engine(exchange, source, journal, settings)
        run = Replay(
            exchange=exchange,
            engine=engine,
            decisions=source,
            config=config,
            interval_ms=int(settings.loop.interval_seconds * 1000),
            delay_ms=settings.paper.delay_ms,
            every_pass=every_pass,
            on_pass=Invariants(exchange, config).check,
        )
        run.run(rows(exchange))
        engine.end("the story is told")
    return Told(folder / bootstrap.JOURNAL_NAME, exchange, run.passes)


def _rows(exchange: PaperExchange, steps: list[Step]) -> Iterator[Quote]:
    """Yield the quotes. What is done by hand falls between two passes of the grid, and is seen a millisecond later."""
    last: Quote | None = None
    for step in steps:
        if isinstance(step, Quote):
            last = step
            yield last
            continue
        assert last is not None, "a story begins with a quote"
        yield replace(last, timestamp_ms=last.timestamp_ms + 400)
        step(exchange)
        last = replace(last, timestamp_ms=last.timestamp_ms + 401)
        yield last


def by_hand(
    client_order_id: str, side: Side, order_type: OrderType, quantity: str | None = None, **fields: Any
) -> Callable[[PaperExchange], object]:
    """Return a step in which a person sends an order by the exchange's own app."""

    def act(exchange: PaperExchange) -> Order:
        order = exchange.manual_order(
            NewOrder(
                client_order_id=client_order_id,
                side=side,
                type=order_type,
                quantity=None if quantity is None else D(quantity),
                **fields,
            )
        )
        assert isinstance(order, Order), order
        return order

    return act


def cancel_by_hand(client_order_id: str, kind: str = "algo") -> Callable[[PaperExchange], object]:
    """Return a step in which a person cancels an order of ours."""

    def act(exchange: PaperExchange) -> Order:
        order = exchange.manual_cancel(("algo" if kind == "algo" else "plain", client_order_id))
        assert isinstance(order, Order), order
        return order

    return act
