"""`capi paper --live`: the engine in real time on Binance's public prices, against the simulated exchange."""
