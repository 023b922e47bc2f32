"""One row for each key of capi.toml: as written, what it means, and values just beyond what is allowed."""

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

D = Decimal


class Sample(NamedTuple):
    """`written`: TOML. `means`: the parsed value. `allowed`: the edges. `refused`: beyond them, or of another kind."""

    written: str
    means: object
    allowed: tuple[str, ...]
    refused: tuple[str, ...]


RATIO_0_100 = (
    ('"0%"', '"100%"', '"10000bps"'),
    ('"-0.1%"', '"100.1%"', "0.01", "1", '"1"', '"1 percent"', "true", "[]"),
)
RATIO_ABOVE_0 = (('"0.01bps"', '"100%"'), ('"0%"', '"0bps"', '"101%"', "0.5"))
SWITCH = (("true", "false"), ("1", '"maybe"', "[]"))
MONEY = (("0", "0.01", "1000000000000"), ("-1", "1000000000001", '"many"', "nan", "inf", "true"))
SECONDS = (("0", "0.5", "86400"), ("-1", "86401", '"1s"', "nan"))
SECONDS_ABOVE_0 = (("0.001", "86400"), ("0", "86400.1", "-1", '"10m"'))
MINUTE = (("0.001", "60"), ("0", "60.1", "-1"))

SAMPLES: dict[str, Sample] = {
    "symbol": Sample(
        '"ETHUSDT"',
        "ETHUSDT",
        ('"1000PEPEUSDT"', '"BTCUSDT_260327"'),
        ('"btcusdt"', '""', '"BTC/USDT"', "5", '"BTCUSDT\\n"'),
    ),
    "decision_file": Sample(
        '"/d/other.json"', Path("/d/other.json"), ('"/a b"',), ('""', "5", '"a\\u0000b"', '" "', "[]")
    ),
    "state_dir": Sample('"/s"', Path("/s"), ('"/a"',), ('""', "5", "true")),
    "log_dir": Sample('"/l"', Path("/l"), ('"/a"',), ('""', "5", "1.5")),
    "id_prefix": Sample(
        '"bot-2"', "bot-2", ('"a"', '"12345678"', '"a.b:/"'), ('""', '"123456789"', '"a_b"', '"ä"', "5")
    ),
    "exchange.environment": Sample('"mainnet"', "mainnet", ('"testnet"',), ('"live"', '"Mainnet"', '""', "1")),
    "exchange.rest_url": Sample(
        '"http://127.0.0.1:9000/"',
        "http://127.0.0.1:9000",
        ('"https://fapi.example.com"', '"http://[::1]:9000"'),
        (
            '"ws://x"',
            '"127.0.0.1:9000"',
            '"http://"',
            '"http://u:p@h"',
            '"http://h:port"',
            '"http://h?q=1"',
            '"http://a b"',
            "1",
        ),
    ),
    "exchange.stream_url": Sample(
        '"ws://127.0.0.1:9000"',
        "ws://127.0.0.1:9000",
        ('"wss://h/x"',),
        ('"http://h"', '"ws://"', '"ws://h:0"', '"ws://["'),
    ),
    "exchange.recv_window_ms": Sample("3000", 3000, ("1", "60000", "5e3"), ("0", "60001", "1.5", '"fast"', "true")),
    "exchange.timeout_seconds": Sample("2.5", D("2.5"), *MINUTE),
    "loop.interval_seconds": Sample("1.5", D("1.5"), ("0.1", "59.9"), ("0", "0.09", "60.1", "-1")),
    "loop.decision_age_seconds_max": Sample("300", D(300), *SECONDS_ABOVE_0),
    "loop.reconcile_seconds": Sample("1800", D(1800), *SECONDS_ABOVE_0),
    "entry.distance_max": Sample('"0.25%"', D("0.0025"), *RATIO_0_100),
    "entry.spread_max": Sample('"4bps"', D("0.0004"), *RATIO_0_100),
    "entry.volatility_max": Sample('"2%"', D("0.02"), *RATIO_0_100),
    "entry.market_confidence": Sample("0.8", D("0.8"), ("0", "1", "1.0"), ("-0.1", "1.01", "75", '"75%"')),
    "entry.market_type": Sample('"ioc"', "ioc", ('"market"',), ('"MARKET"', '"limit"', "1")),
    "entry.slippage_max": Sample('"0.2%"', D("0.002"), *RATIO_0_100),
    "entry.restricted_sessions": Sample(
        '["ASIA", "US open"]', ("ASIA", "US open"), ("[]",), ("5", "[5]", '[""]', '["A", "A"]', '["a\\u001bb"]')
    ),
    "entry.risk_checks": Sample(
        '["session_ok", "no_major_news"]',
        ("session_ok", "no_major_news"),
        ("[]",),
        ('["sesion_ok"]', "[true]", "{}"),
    ),
    "entry.dead_man_seconds": Sample("30", 30, ("0", "2", "3600"), ("-1", "3601", "1.5")),
    "chase.threshold": Sample('"0.2%"', D("0.002"), *RATIO_0_100),
    "chase.after_seconds": Sample("7.5", D("7.5"), *SECONDS),
    "chase.attempts_max": Sample("5", 5, ("0", "20"), ("-1", "21", "2.5", "true")),
    "protection.trigger_by": Sample('"last"', "last", ('"mark"',), ('"index"', "1")),
    "protection.naked_seconds_max": Sample("3", D(3), *MINUTE),
    "protection.emergency_stop": Sample('"2%"', D("0.02"), *RATIO_ABOVE_0),
    "protection.breakeven_after_tp1": Sample("false", False, *SWITCH),
    "protection.tighten_on_volatility": Sample("true", True, *SWITCH),
    "protection.tighten_min": Sample('"0.1%"', D("0.001"), *RATIO_0_100),
    "protection.follow_decision": Sample('"same_side"', "same_side", ('"own"', '"never"'), ('"always"', "true")),
    "protection.liquidation_buffer": Sample('"0.75%"', D("0.0075"), *RATIO_0_100),
    "protection.on_flat": Sample('"close"', "close", ('"hold"',), ('"exit"',)),
    "protection.on_opposite": Sample('"close"', "close", ('"hold"',), ('"flip"',)),
    "targets.tp1_fraction": Sample('"40%"', D("0.4"), *RATIO_ABOVE_0),
    "targets.tp1_r": Sample("1.25", D("1.25"), ("0.1", "2.9"), ("0", "-1", "101", '"1R"')),
    "targets.tp2_r": Sample("4", D(4), ("1.6", "100"), ("0", "-1", "100.1")),
    "risk.margin_mode": Sample('"cross"', "cross", ('"isolated"',), ('"CROSSED"',)),
    "risk.leverage_max": Sample("3", 3, ("1", "125"), ("0", "126", "2.5", "-1")),
    "risk.risk_per_trade_max": Sample('"1%"', D("0.01"), *RATIO_0_100),
    "risk.daily_drawdown_max": Sample('"3%"', D("0.03"), *RATIO_0_100),
    "risk.weekly_drawdown_max": Sample('"6%"', D("0.06"), *RATIO_0_100),
    "risk.trades_per_day_max": Sample("4", 4, ("0", "1000000"), ("-1", "1000001", "0.5")),
    "risk.equity_min_usdt": Sample("100.5", D("100.5"), *MONEY),
    "risk.notional_max_usdt": Sample("5000", D(5000), *MONEY),
    "risk.foreign_orders": Sample('"ignore"', "ignore", ('"cancel"', '"alert"'), ('"adopt"',)),
    "paper.equity_usdt": Sample("2500", D(2500), ("0.01",), ("0", "-5", '"10k"')),
    "paper.maker_fee": Sample('"0.01%"', D("0.0001"), *RATIO_0_100),
    "paper.taker_fee": Sample('"0.04%"', D("0.0004"), *RATIO_0_100),
    "paper.delay_ms": Sample("50", 50, ("0", "60000"), ("-1", "60001", "0.5")),
    "paper.seed": Sample("11", 11, ("0", "9223372036854775807"), ("-1", "9223372036854775808", "0.5")),
    "telegram.chat_ids": Sample(
        '[-1001234567890, "@capi_alerts"]',
        ("-1001234567890", "@capi_alerts"),
        ("[]", "[7]"),
        ("7", '["capi"]', "[0]", "[true]"),
    ),
    "telegram.level_min": Sample(
        '"CRITICAL"', "CRITICAL", ('"INFO"', '"WARNING"', '"ERROR"'), ('"warning"', '"DEBUG"')
    ),
    "telegram.digest_seconds": Sample("60", D(60), *SECONDS),
}


def toml(key: str, written: str) -> str:
    """Return a capi.toml that sets one key."""
    section, _, name = key.rpartition(".")
    return f"[{section}]\n{name} = {written}\n" if section else f"{name} = {written}\n"
