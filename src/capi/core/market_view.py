"""The market as the rules see it: middle, spread, the price that triggers compare with, volatility."""

from decimal import Decimal

from capi.core.decision import Decision, Direction
from capi.core.lazy import lazy
from capi.core.orders_view import OrdersView


class MarketView(OrdersView):
    """The market's facts, each derived once. Prices in USDT, ratios of the price; None is unknown."""

    @lazy
    def mid(self) -> Decimal | None:
        """The middle of bid and ask."""
        market = self.market
        return None if market.bid is None or market.ask is None else (market.bid + market.ask) / 2

    @lazy
    def spread(self) -> Decimal | None:
        """Ask less bid, over their middle."""
        market = self.market
        if market.bid is None or market.ask is None or self.mid is None:
            return None
        return (market.ask - market.bid) / self.mid

    @property
    def trigger_price(self) -> Decimal | None:
        """The price that triggers compare with (protection.trigger_by)."""
        return self.market.mark if self.config.protection.trigger_by == "mark" else self.market.last

    def has_passed(self, direction: Direction, level: Decimal) -> bool | None:
        """Return whether the trigger price has reached a stop level; None when the price is unknown."""
        price, measure = self.trigger_price, self.config.protection.trigger_by
        if price is None:
            return None
        if direction == "long":
            return not self.above(measure, price, level)
        return self.at_least(measure, price, level)

    @lazy
    def volatility(self) -> Decimal | None:
        """The decision's own volatility (or its ATR over the price), else the engine's measure of the market."""
        if isinstance(self.decision, Decision) and self.decision.volatility is not None:
            return self.decision.volatility
        if self.atr_of_decision is not None:
            return None if self.mid is None else self.atr_of_decision / self.mid
        return self.market.volatility

    @property
    def atr_of_decision(self) -> Decimal | None:
        """The decision's ATR in USDT, where it is what volatility is made of."""
        decision = self.decision
        return decision.atr if isinstance(decision, Decision) and decision.volatility is None else None
