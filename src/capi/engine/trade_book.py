"""The open trade as recorded, and what flowed through it: fills, fees and funding, each counted once.

Fills are seen before a trade is recorded, so they wait here until it is. From a trade's first entry on every fill of
the symbol is the trade's, ours or not: a liquidation and a manual close move the same position. An adopted position
whose fills are not known has unknown fees: None, never 0.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from capi.core.account import LastTrade, Trade
from capi.core.units import EXACT
from capi.core.value import changed, value
from capi.engine.fields import decimal, optional_decimal
from capi.engine.flows import Flows, LooseFill, LooseFunding, fills_behind, flows_of
from capi.ports.journal import Event

LOOSE_AGE_MS_MAX: Final = 3_600_000
"""A fill that no trade claimed for this long, while flat, concerns no trade to come."""


@value
class TradeRecord:
    """The open trade, and what its summary will be made of."""

    trade: Trade
    first_sl: Decimal
    flows: Flows
    adopted: bool

    @property
    def started_at_ms(self) -> int:
        """Return when it began: its first entry fill, else when it was recorded."""
        first = self.flows.first_entry_ms
        return self.trade.opened_at_ms if first is None else first


@dataclass(slots=True)
class TradeBook:
    """The open trade, what no trade has claimed yet, and the last closed trade."""

    open: TradeRecord | None = None
    last: LastTrade | None = None
    loose_fills: list[LooseFill] = field(default_factory=list)
    loose_fundings: list[LooseFunding] = field(default_factory=list)

    def apply_fill(self, event: Event) -> None:
        """A fill of the symbol: the open trade's from its first entry on, else it waits."""
        fill = LooseFill(
            decision_id=event["decision_id"],
            side=event["side"],
            price=decimal(event["price"]),
            qty=decimal(event["qty"]),
            fee_usdt=optional_decimal(event["fee_usdt"]),
            at_ms=event["filled_at_ms"],
            liquidation=event["liquidation"],
        )
        record = self.open
        if record is None:
            self.loose_fills.append(fill)
        elif fill.decision_id == record.trade.decision_id or fill.at_ms >= record.started_at_ms:
            self.open = changed(record, flows=record.flows.with_fill(record.trade.side, fill))

    def apply_funding(self, event: Event) -> None:
        """A funding payment: the open trade's, else it waits."""
        funding = LooseFunding(amount_usdt=decimal(event["amount_usdt"]), at_ms=event["paid_at_ms"])
        record = self.open
        if record is None:
            self.loose_fundings.append(funding)
        elif funding.at_ms >= record.started_at_ms:
            self.open = changed(record, flows=record.flows.with_funding(funding.amount_usdt))

    def drop_old(self, now_ms: int) -> None:
        """Let go of what waited too long while flat."""
        before = now_ms - LOOSE_AGE_MS_MAX
        self.loose_fills = [fill for fill in self.loose_fills if fill.at_ms >= before]
        self.loose_fundings = [funding for funding in self.loose_fundings if funding.at_ms >= before]

    def apply_opened(self, event: Event) -> None:
        """A trade that an own intent explains: its decision's fills are its own, and all since the first of them."""
        own = [fill.at_ms for fill in self.loose_fills if fill.decision_id == event["decision_id"]]
        fills = [fill for fill in self.loose_fills if own and fill.at_ms >= min(own)]
        self._open(event, flows_of(event["side"], fills), adopted=False)

    def apply_adopted(self, event: Event) -> None:
        """A position that nothing explained: by the fills that made it when known, else by what the exchange says."""
        qty, side = decimal(event["qty"]), event["side"]
        fills = fills_behind(self.loose_fills, side, qty)
        if fills:
            flows = flows_of(side, fills)
        else:
            price = optional_decimal(event["entry_price"])
            value = None if price is None else EXACT.multiply(price, qty)
            flows = Flows(entry_qty=qty, entry_value=value, fees=None)
        self._open(event, flows, adopted=True)

    def apply_updated(self, event: Event) -> None:
        """What changed of the open trade; all fields are the new values."""
        record = self.open
        if record is None:
            return
        trade = changed(
            record.trade,
            qty=decimal(event["qty"]),
            entered=decimal(event["entered"]),
            entry_price=optional_decimal(event["entry_price"]),
            sl=decimal(event["sl"]),
            tp1_filled=event["tp1_filled"],
        )
        self.open = changed(record, trade=trade)

    def apply_closed(self, event: Event) -> None:
        """The trade is settled; nothing that waits concerns the next one."""
        self.last = LastTrade(decision_id=event["decision_id"], side=event["side"], closed_at_ms=event["closed_at_ms"])
        self.open = None
        self.loose_fills.clear()
        self.loose_fundings.clear()

    def _open(self, event: Event, flows: Flows, *, adopted: bool) -> None:
        qty, sl = decimal(event["qty"]), decimal(event["sl"])
        first = flows.first_entry_ms
        started = event["at_ms"] if first is None else first
        for funding in self.loose_fundings:
            if funding.at_ms >= started:
                flows = flows.with_funding(funding.amount_usdt)
        trade = Trade(
            decision_id=event["decision_id"],
            side=event["side"],
            qty=qty,
            entered=qty,
            entry_price=optional_decimal(event["entry_price"]),
            sl=sl,
            tp1=optional_decimal(event["tp1"]),
            tp2=optional_decimal(event["tp2"]),
            tp1_filled=False,
            opened_at_ms=started,
            volatility=None if adopted else optional_decimal(event["volatility"]),
        )
        self.open = TradeRecord(trade=trade, first_sl=sl, flows=flows, adopted=adopted)
        self.loose_fills.clear()
        self.loose_fundings.clear()
