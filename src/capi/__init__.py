"""capi: turns the latest decision into orders on Binance USDⓈ-M Futures and keeps the position protected."""

__version__ = "0.1.0"
