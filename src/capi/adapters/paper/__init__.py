"""A simulated exchange for one symbol and one account, with Binance's own behaviour rather than a convenient one."""
