"""The paper exchange over Binance's wire: REST, user data and market streams on one port, in real time."""
