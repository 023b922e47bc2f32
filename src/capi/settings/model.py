"""The whole configuration as one value, made of what each source said.

It remembers its layers, so that every key can say where it came from, and the folder that relative paths start from.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from capi.core import config as core
from capi.core.ids import PREFIX_PATTERN
from capi.core.units import text
from capi.settings.layers import Layer, nested
from capi.settings.sections import (
    Chase,
    Entry,
    Exchange,
    Loop,
    Paper,
    Protection,
    Risk,
    Targets,
    Telegram,
)
from capi.settings.values import FilePath, Text

SYMBOL_PATTERN: Final = r"[A-Z0-9]{2,20}(?:_[0-9]{6})?"
Location = Annotated[Path, FilePath()]


class Settings(BaseModel):
    """The whole configuration. Made by `load_settings` and `overlay`; `Settings()` is the defaults alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    symbol: Annotated[str, Text(SYMBOL_PATTERN, 'the exchange\'s own spelling, as in "BTCUSDT"')] = Field(
        "BTCUSDT", description="the one symbol that this engine trades"
    )
    decision_file: Location = Field(Path("data/decision.json"), description="what to trade; replaced at any time")
    state_dir: Location = Field(Path("data"), description="journals and databases; replays in runs/<number>/")
    log_dir: Location = Field(Path("logs"), description="of trading on Binance")
    id_prefix: Annotated[str, Text(PREFIX_PATTERN, '1 to 8 letters, digits or . : / -, as in "capi"')] = Field(
        "capi", description="begins our order ids; another one for each engine on an account"
    )
    exchange: Exchange = Exchange.model_construct()
    loop: Loop = Loop.model_construct()
    entry: Entry = Entry.model_construct()
    chase: Chase = Chase.model_construct()
    protection: Protection = Protection.model_construct()
    targets: Targets = Targets.model_construct()
    risk: Risk = Risk.model_construct()
    paper: Paper = Paper.model_construct()
    telegram: Telegram = Telegram.model_construct()

    _layers: tuple[Layer, ...] = PrivateAttr(default=())
    _base: Path = PrivateAttr(default=Path())

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], base: Path) -> Self:
        """Return the settings that `layers` make, the later one winning. Raises pydantic's ValidationError."""
        settings = cls.model_validate(nested({key: value for layer in layers for key, value in layer.values.items()}))
        settings._layers = tuple(layers)
        settings._base = base
        return settings

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return what each source said, the weakest first."""
        return self._layers

    @property
    def base(self) -> Path:
        """Return the folder that relative paths start from."""
        return self._base

    @model_validator(mode="after")
    def _dead_man_outlives_a_pass(self) -> Self:
        dead_man, interval = self.entry.dead_man_seconds, self.loop.interval_seconds
        if 0 < dead_man <= interval:
            problem = f"entry.dead_man_seconds ({dead_man}) is not above loop.interval_seconds ({text(interval)})"
            raise ValueError(f"{problem}, so an entry would be taken down before the next pass: raise it, or write 0")
        return self

    def core(self) -> core.Config:
        """Return the part that `plan` reads."""
        return core.Config(
            symbol=self.symbol,
            id_prefix=self.id_prefix,
            recv_window_ms=self.exchange.recv_window_ms,
            decision_age_seconds_max=self.loop.decision_age_seconds_max,
            entry=core.EntryConfig(**dict(self.entry)),
            chase=core.ChaseConfig(**dict(self.chase)),
            protection=core.ProtectionConfig(**dict(self.protection)),
            targets=core.TargetsConfig(**dict(self.targets)),
            risk=core.RiskConfig(**dict(self.risk)),
        )
