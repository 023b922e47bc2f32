"""Values of the core as JSON and back: nothing is lost, and what is not as it should be is named."""

import json
import re
from typing import Any

import pytest

from capi.core.account import Instrument, Trade
from capi.core.config import Config
from capi.core.units import text
from capi.engine.value_fields import read_value, value_fields
from tests.worlds import CONFIG, INSTRUMENT, config, trade


def written(it: object) -> Any:
    return json.loads(json.dumps(value_fields(it), default=text))


@pytest.mark.parametrize("it", [CONFIG, config("entry", restricted_sessions=("asia", "late us"))])
def test_a_configuration_comes_back(it: Config) -> None:
    assert read_value(Config, written(it)) == it


def test_unknown_stays_unknown_and_what_has_a_default_may_be_missing() -> None:
    it = trade(tp2=None)
    told = written(it)
    assert told["tp2"] is None
    del told["volatility"]
    assert read_value(Trade, told) == it


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tick_size": 0.1}, "Instrument.tick_size: 0.1 is no str"),
        ({"tick_size": "much"}, "Instrument.tick_size: "),
        ({"tick_size": "NaN"}, "Instrument.tick_size: 'NaN' is no number"),
        ({"symbol": 7}, "Instrument.symbol: 7 is no str"),
        ({"pace": 1}, "Instrument: pace unknown"),
        ({"tick_size": None}, "Instrument.tick_size: None is no str"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_value(Instrument, written(INSTRUMENT) | change)


def test_what_is_missing_or_none_of_the_words_is_named() -> None:
    told = written(CONFIG)
    with pytest.raises(ValueError, match=r"Config\.risk: RiskConfig\.foreign_orders: 'burn' is none of cancel, alert"):
        read_value(Config, {**told, "risk": {**told["risk"], "foreign_orders": "burn"}})
    with pytest.raises(ValueError, match="Config: symbol missing"):
        read_value(Config, {name: it for name, it in told.items() if name != "symbol"})
    with pytest.raises(ValueError, match="is not an object"):
        read_value(Config, [])
    with pytest.raises(ValueError, match=r"Config\.entry: EntryConfig\.risk_checks: 'all' is no list"):
        read_value(Config, {**told, "entry": {**told["entry"], "risk_checks": "all"}})
    with pytest.raises(ValueError, match=r"leverage_max: True is no int"):
        read_value(Config, {**told, "risk": {**told["risk"], "leverage_max": True}})
