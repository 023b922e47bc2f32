"""Binance's streams: prices, and what happens on the account. REST is the truth; they only make it quicker."""
