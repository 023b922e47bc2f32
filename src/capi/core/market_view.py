"""The market as the rules see it: middle, spread, the price that triggers compare with, volatility."""

from decimal import Decimal

from capi.core.bounds import Comparing
from capi.core.decision import Direction
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

    def has_passed(self, direction: Direction, level: Decimal, watch: Comparing | None = None) -> bool | None:
        """Return whether the trigger price has reached a stop level; None when the price is unknown.

        `watch` makes the comparison; None: the view does.
        """
        price, by = self.trigger_price, self.config.protection.trigger_by
        if price is None:
            return None
        compare: Comparing = self if watch is None else watch
        return not compare.above(by, price, level) if direction == "long" else compare.at_least(by, price, level)

    @property
    def volatility(self) -> Decimal | None:
        """The decision's own volatility (or its ATR over the price), else the engine's measure of the market."""
        terms = self.terms
        if terms.volatility is not None:
            return terms.volatility
        if terms.atr is not None:
            return None if self.mid is None else terms.atr / self.mid
        return self.market.volatility
