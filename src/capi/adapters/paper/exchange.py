"""The paper exchange behind the port: look and act in simulated time. Deterministic: no clock, no chance, no I/O."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Literal, assert_never

from returns.result import Failure, Result, Success

from capi.adapters.paper.account import PaperAccount
from capi.adapters.paper.book import Band
from capi.adapters.paper.config import PaperConfig
from capi.adapters.paper.faults import Faults
from capi.adapters.paper.mishaps import Mishaps
from capi.adapters.paper.orders import NewOrder, from_request
from capi.adapters.paper.settings import set_leverage, set_margin_mode
from capi.adapters.paper.simulator import Extremes, Simulator
from capi.adapters.paper.state import State
from capi.adapters.paper.visibility import VisiblePosition
from capi.core.account import Instrument, Market, Position
from capi.core.actions import ArmDeadMan, CancelOrder, PlaceOrder, SetLeverage, SetMarginMode
from capi.core.bounds import Measure
from capi.core.errors import ExchangeError, Rejected, Unavailable
from capi.core.orders import Order, OrderKey
from capi.core.volatility import VolatilityMeter
from capi.ports.exchange import Ack, Fill, Look, Request
from capi.ports.market import Quote


class PaperExchange:
    """One symbol on one simulated account: `ports.exchange.Exchange` and `ports.clock.Clock`.

    `instrument`'s fees are replaced by the configured ones. Equity in USDT, times UTC milliseconds. `faults` may be set
    at any time; None: nothing goes wrong. The account is always in one-way and single-asset mode.
    """

    def __init__(
        self, instrument: Instrument, equity: Decimal, config: PaperConfig, start_ms: int, faults: Faults | None = None
    ) -> None:
        """Start flat, without orders and before the first quote."""
        instrument = replace(instrument, maker_fee=config.maker_fee, taker_fee=config.taker_fee)
        account = PaperAccount(equity, leverage=config.leverage, margin_mode=config.margin_mode)
        self._state = State(instrument, config, account, start_ms)
        self._simulator = Simulator(self._state)
        self.faults = faults
        self._visible = VisiblePosition(self._state)

    @property
    def account(self) -> PaperAccount:
        """Return the account's books: wallet, realised, fees and funding so far."""
        return self._state.account

    @property
    def band(self) -> Band:
        """Return the prices between which no quote changes an order or the position."""
        return self._simulator.band

    @property
    def version(self) -> int:
        """Return a number that rises with every change of orders, position or margin."""
        return self._state.version

    @property
    def mark(self) -> Decimal:
        """Return the mark price; zero before the first quote."""
        return self._state.market.mark

    def equity_at(self, mark: Decimal) -> Decimal:
        """Return wallet plus unrealised profit at a mark price, in USDT."""
        account = self._state.account
        return account.wallet + account.unrealised(mark)

    def open_orders(self) -> Iterator[Order]:
        """Yield every open order of both worlds."""
        return (resting.order for resting in self._state.book.open_orders())

    def order(self, key: OrderKey) -> Order | None:
        """Return an order as the books have it, open before ended; None: never sent, or long forgotten."""
        return self._state.book.find(key)

    def ended_lately(self) -> Iterator[Order]:
        """Yield the orders that have ended, the latest first."""
        return reversed(self._state.book.ended.values())

    @property
    def position(self) -> Position:
        """Return the position as the books have it."""
        account = self._state.account
        return Position(
            qty=account.qty, entry_price=account.entry_price, liquidation_price=self._state.liquidation_price
        )

    @property
    def last_trade_id(self) -> int:
        """Return the newest execution's id; 0: none yet."""
        return self._state.history.last_trade_id

    @property
    def mishaps(self) -> Mishaps | None:
        """Return what goes wrong inside the matching engine; None: nothing. May be set at any time."""
        return self._state.mishaps

    @mishaps.setter
    def mishaps(self, mishaps: Mishaps | None) -> None:
        self._state.mishaps = mishaps

    def fills_after(self, trade_id: int) -> tuple[Fill, ...]:
        """Return the executions with a higher id, oldest first, as the books have them: no look, no fault."""
        return self._state.history.fills_after(trade_id)

    def measure(self, name: Measure) -> Decimal | None:
        """Return what a look would show of a moving measure now; None is unknown."""
        state, market = self._state, self._state.market
        if market.quotes == 0 and name not in ("wallet", "equity", "available"):
            return None
        match name:
            case "bid" | "ask" | "mid" | "mark" | "last" | "bid_qty" | "ask_qty":
                value: Decimal | None = getattr(market, name)
                return value
            case "spread":
                return (market.ask - market.bid) / market.mid
            case "volatility":
                return self._simulator.meter.value()
            case "wallet":
                return state.account.wallet
            case "equity" | "available":
                return state.equity if name == "equity" else state.available
            case _:
                assert_never(name)

    @property
    def due_ms(self) -> int:
        """Return when something happens even if the market stands still."""
        return self._simulator.due_ms

    def advance(self, quote: Quote) -> None:
        """Move time and market to a quote; one that is older than now moves the market alone."""
        self._simulator.advance(quote)

    @property
    def is_quiet(self) -> bool:
        """Return whether quotes inside the band change nothing but the market and its volatility."""
        return self._state.market.is_untouched

    @property
    def meter(self) -> VolatilityMeter:
        """Return what measures volatility, to be read."""
        return self._simulator.meter

    def pass_over(self, last: Quote, quotes: int, candles: Iterable[Extremes]) -> None:
        """Move over `quotes` quotes to the last of them, all before what is due, inside the band, while quiet."""
        self._simulator.pass_over(last, quotes, candles)

    def tick_time(self, now_ms: int) -> None:
        """Move time alone: what was sent arrives, funding is exchanged, the countdown runs."""
        self._simulator.tick_time(now_ms)

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self._state.now_ms

    def look(
        self, *, asked: Collection[OrderKey], fills_after: int, fundings_after: int
    ) -> Result[Look, ExchangeError]:
        """Return the account and the symbol now. It has gaps only when the cursors lie before what is kept."""
        state = self._state
        account, history, book = state.account, state.history, state.book
        orders = [resting.order for resting in book.open_orders()]
        found = [(key, book.find(key)) for key in asked if not book.is_open(key)]
        orders += [order for _, order in found if order is not None]
        return Success(
            Look(
                now_ms=state.now_ms,
                equity=state.equity,
                wallet=account.wallet,
                available=state.available,
                position_mode="one_way",
                multi_assets=False,
                margin_mode=account.margin_mode,
                leverage=account.leverage,
                position=self._visible.shown(self.faults),
                market=self._market(),
                instrument=state.instrument,
                orders=tuple(orders),
                not_found=tuple(key for key, order in found if order is None),
                fills=history.fills_after(fills_after),
                fundings=history.fundings_after(fundings_after),
                gaps=history.gaps(fills_after, fundings_after),
                stops_read=True,
            )
        )

    def act(self, request: Request) -> Result[Ack, ExchangeError]:
        """Carry out one request (simulator.py says when it takes effect); faults may stand in for the answer."""
        fault = None if self.faults is None else self.faults.on_request(request)
        if fault is not None and not fault.executed:
            return Failure(fault.answer)
        answer = self._carry_out(request)
        return answer if fault is None else Failure(fault.answer)

    def silent_until_ms(self) -> int | None:
        """Return None: the paper exchange asks for no silence."""
        return None

    def manual_order(self, new: NewOrder) -> Order | Rejected:
        """Let a person trade on the same account: no delay, no faults, an id of the app's (`web_…`)."""
        return self._simulator.submit(new, 0)

    def manual_cancel(self, key: OrderKey) -> Order | Rejected:
        """Let a person cancel an order of the account, ours too."""
        return self._simulator.cancel(key)

    def _carry_out(self, request: Request) -> Result[Ack, ExchangeError]:
        at_ms = self._state.now_ms + self._state.config.delay_ms
        match request:
            case PlaceOrder():
                if self._state.market.quotes == 0:
                    return Failure(Unavailable("The paper exchange has no quote yet: nothing was carried out."))
                outcome = self._place(from_request(request))
                return _answer(outcome, at_ms, "order")
            case CancelOrder():
                return _answer(self._simulator.cancel(request.key), at_ms, "cancel")
            case SetLeverage():
                return _answer(set_leverage(self._state, request.leverage), at_ms, "setting")
            case SetMarginMode():
                return _answer(set_margin_mode(self._state, request.margin_mode), at_ms, "setting")
            case ArmDeadMan():
                self._simulator.arm_dead_man(at_ms + request.seconds * 1000 if request.seconds else None)
                return Success(Ack(at_ms=at_ms, kind="setting"))
            case _:
                assert_never(request)

    def _place(self, new: NewOrder) -> Order | Rejected:
        if new.close_position and self._visible.hides_a_position(self.faults):
            return Rejected(-4509, "TIF GTE can only be used with open positions: the position is not visible yet.")
        return self._simulator.submit(new, self._state.config.delay_ms)

    def _market(self) -> Market:
        market = self._state.market
        if market.quotes == 0:
            return Market(bid=None, ask=None, bid_qty=None, ask_qty=None, mark=None, last=None, volatility=None)
        return Market(
            bid=market.bid,
            ask=market.ask,
            bid_qty=market.bid_qty,
            ask_qty=market.ask_qty,
            mark=market.mark,
            last=market.last,
            volatility=self._simulator.meter.value(),
        )


def _answer(
    outcome: Order | Rejected | None, at_ms: int, kind: Literal["order", "cancel", "setting"]
) -> Result[Ack, ExchangeError]:
    """Return the port's answer to what the exchange said."""
    return Failure(outcome) if isinstance(outcome, Rejected) else Success(Ack(at_ms=at_ms, kind=kind, order=outcome))
