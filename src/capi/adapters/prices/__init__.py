"""Prices to replay: files as they are found, and a generated market. Read once, at this edge, into exact values."""

from capi.adapters.prices.candles import Candle, path
from capi.adapters.prices.reader import Batch, Prices, open_prices
from capi.adapters.prices.report import PricesError, Report

__all__ = ["Batch", "Candle", "Prices", "PricesError", "Report", "open_prices", "path"]
