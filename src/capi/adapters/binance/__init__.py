"""Binance USDⓈ-M Futures behind the port `ports.exchange.Exchange`, over REST."""
