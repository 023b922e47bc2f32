"""The tables of capi.toml as types: every key, its default, its bounds and the comment that stands beside it.

Defaults live here and in `model`, nowhere else. A value that is not allowed cannot be held: each key has one parser
(`numbers`, `values`), whatever source it came from. Names are those of the file, of `capi.core.config` and of the docs.
Ratios are fractions here (0.0015) and text with a unit outside ("0.15%").
"""

from decimal import Decimal
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from capi.core import config as core
from capi.core.account import MarginMode
from capi.core.actions import Level
from capi.core.units import text
from capi.settings.numbers import Number, Ratio, Whole, ratio
from capi.settings.values import Boolean, ChatId, Choice, Secret, SigningSecret, Text, Url, Words

Environment = Literal["testnet", "mainnet"]

DAY: Final = Decimal(86_400)
"""Seconds. No waiting time of an engine that looks every second is longer."""
MONEY_MAX: Final = Decimal(10**12)
"""USDT. Beyond any account: a larger number is a slip of the keyboard."""

Fraction = Annotated[Decimal, Ratio()]
PositiveFraction = Annotated[Decimal, Ratio(above=True)]
Seconds = Annotated[Decimal, Number(maximum=DAY)]
PositiveSeconds = Annotated[Decimal, Number(maximum=DAY, above=True)]
Minute = Annotated[Decimal, Number(maximum=Decimal(60), above=True)]
Money = Annotated[Decimal, Number(maximum=MONEY_MAX)]
PositiveMoney = Annotated[Decimal, Number(maximum=MONEY_MAX, above=True)]
Multiple = Annotated[Decimal, Number(maximum=Decimal(100), above=True)]
Switch = Annotated[bool, Boolean()]
Credential = Annotated[SecretStr | None, Secret()]
OnSignal = Annotated[core.OnSignal, Choice(get_args(core.OnSignal))]

SESSION_PATTERN: Final = r"\w[\w .:/+-]{0,39}"
CHECKS: Final = ("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok", "no_major_news")


class Section(BaseModel):
    """A table of capi.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class Exchange(Section):
    """[exchange]"""

    environment: Annotated[Environment, Choice(get_args(Environment))] = Field(
        "testnet", description='or "mainnet": real money'
    )
    rest_url: Annotated[str | None, Url(("http", "https"))] = Field(
        None, description="instead of the environment's, e.g. a local stand-in", examples=["http://127.0.0.1:9000"]
    )
    stream_url: Annotated[str | None, Url(("ws", "wss"))] = Field(
        None, description="likewise; /public, /market and /private are appended", examples=["ws://127.0.0.1:9000"]
    )
    recv_window_ms: Annotated[int, Whole(Decimal(1), Decimal(60_000))] = Field(
        2000, description="the exchange refuses a request that arrives later than this"
    )
    timeout_seconds: Minute = Field(Decimal("2.0"), description="of one request")
    api_key: Credential = None
    api_secret: Annotated[SecretStr | None, SigningSecret()] = None


class Loop(Section):
    """[loop]"""

    interval_seconds: Annotated[Decimal, Number(Decimal("0.1"), Decimal(60))] = Field(
        Decimal("1.0"), description="between two passes; events come sooner"
    )
    decision_age_seconds_max: PositiveSeconds = Field(Decimal(600), description="an older decision opens nothing")
    reconcile_seconds: PositiveSeconds = Field(Decimal(3600), description="between two reconciliations")


class Entry(Section):
    """[entry]"""

    distance_max: Fraction = Field(ratio("0.5%"), description="of price, from the nearer edge of the zone")
    spread_max: Fraction = Field(ratio("0.05%"), description="no entry is sent into a wider spread")
    volatility_max: Fraction = Field(
        ratio("1%"), description="ATR(14) of one-minute candles / price, unless the decision brings its own"
    )
    market_confidence: Annotated[Decimal, Number()] = Field(
        Decimal("0.75"), description="from this confidence on (0 to 1) the chase may end in a market entry"
    )
    market_type: Annotated[core.MarketType, Choice(get_args(core.MarketType))] = Field(
        "market", description='"ioc": a limit at the edge of the zone instead'
    )
    slippage_max: Fraction = Field(ratio("0.1%"), description="expected, of a market entry")
    restricted_sessions: Annotated[tuple[str, ...], Words(Text(SESSION_PATTERN, 'a name, as in "ASIA"'))] = Field(
        (), description='sessions without entries, as the decision names them, e.g. ["ASIA"]'
    )
    risk_checks: Annotated[tuple[str, ...], Words(Choice(CHECKS))] = Field(
        CHECKS[:4], description='the decision\'s checks that close the gate when false; also "no_major_news"'
    )
    dead_man_seconds: Annotated[int, Whole(maximum=Decimal(3600))] = Field(
        60, description="the exchange drops a resting entry this long after the engine died; 0: off"
    )


class Chase(Section):
    """[chase]"""

    threshold: Fraction = Field(ratio("0.15%"), description="drift of the touch from the resting price")
    after_seconds: Seconds = Field(Decimal(15), description="unfilled for at least this long")
    attempts_max: Annotated[int, Whole(maximum=Decimal(20))] = Field(3, description="0: no chase")


class Protection(Section):
    """[protection]"""

    trigger_by: Annotated[core.TriggerBy, Choice(get_args(core.TriggerBy))] = Field(
        "mark", description='the price that fires stops; or "last"'
    )
    naked_seconds_max: Minute = Field(Decimal(5), description="without a stop for longer: exit, safe mode")
    emergency_stop: PositiveFraction = Field(
        ratio("1%"), description="from the mark price, for a position that nothing explains"
    )
    breakeven_after_tp1: Switch = Field(True, description="the stop moves to entry plus fees once TP1 has filled")
    tighten_on_volatility: Switch = Field(False, description="the stop comes closer when volatility falls")
    tighten_min: Fraction = Field(ratio("0.05%"), description="of price: smaller moves of the stop are not made")
    follow_decision: Annotated[core.FollowDecision, Choice(get_args(core.FollowDecision))] = Field(
        "own", description='whose stop may tighten ours; or "same_side": any later one\'s, "never"'
    )
    liquidation_buffer: Fraction = Field(ratio("0.5%"), description="the stop stays this far inside liquidation")
    on_flat: OnSignal = Field("hold", description='a flat decision while in a position; or "close"')
    on_opposite: OnSignal = Field("hold", description='a decision for the other side while in a position; or "close"')


class Targets(Section):
    """[targets]"""

    tp1_fraction: PositiveFraction = Field(ratio("50%"), description="of the position, at the first target")
    tp1_r: Multiple = Field(Decimal("1.5"), description="× distance to the stop, when the decision names no target")
    tp2_r: Multiple = Field(Decimal("3.0"), description="likewise; beyond tp1_r")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.tp1_r >= self.tp2_r:
            problem = f"targets.tp1_r ({text(self.tp1_r)}) is not below targets.tp2_r ({text(self.tp2_r)})"
            raise ValueError(f"{problem}: lower one, or raise the other")
        return self


class Risk(Section):
    """[risk]"""

    margin_mode: Annotated[MarginMode, Choice(get_args(MarginMode))] = Field("isolated", description='or "cross"')
    leverage_max: Annotated[int, Whole(Decimal(1), Decimal(125))] = Field(
        5, description="a higher one is lowered to it"
    )
    risk_per_trade_max: Fraction = Field(ratio("2%"), description="loss at the stop, of equity")
    daily_drawdown_max: Fraction = Field(ratio("2%"), description="of the equity at 00:00 UTC")
    weekly_drawdown_max: Fraction = Field(ratio("5%"), description="of the equity on Monday, 00:00 UTC")
    trades_per_day_max: Annotated[int, Whole(maximum=Decimal(1_000_000))] = Field(3, description="0: no limit")
    equity_min_usdt: Money = Field(Decimal(50), description="no entry below it")
    notional_max_usdt: Money = Field(Decimal(0), description="0: no limit")
    foreign_orders: Annotated[core.ForeignOrders, Choice(get_args(core.ForeignOrders))] = Field(
        "cancel", description='orders of the symbol that are not ours; or "alert", "ignore"'
    )


class Paper(Section):
    """[paper]"""

    equity_usdt: PositiveMoney = Field(Decimal(10_000), description="at the start")
    maker_fee: Fraction = Field(ratio("0.02%"), description="of notional")
    taker_fee: Fraction = Field(ratio("0.05%"), description="of notional")
    delay_ms: Annotated[int, Whole(maximum=Decimal(60_000))] = Field(20, description="from sending to the exchange")
    seed: Annotated[int, Whole(maximum=Decimal(2**63 - 1))] = Field(7, description="the same seed, the same bytes")


class Telegram(Section):
    """[telegram]"""

    chat_ids: Annotated[tuple[str, ...], Words(ChatId())] = Field((), description="who is told; off without a token")
    level_min: Annotated[Level, Choice(get_args(Level))] = Field(
        "WARNING", description="CRITICAL goes out at once, lesser ones are folded"
    )
    digest_seconds: Seconds = Field(Decimal(600), description="between two digests")
    token: Credential = None
