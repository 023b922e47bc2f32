"""A good decision, and changes that make it another good or a bad one."""

import json
from collections.abc import Mapping
from typing import Any, Final

TIME_MS: Final = 1_764_324_300_000  # 2025-11-28T10:05:00Z
LONG: Final[Mapping[str, Any]] = {
    "symbol": "BTCUSDT",
    "timestamp_iso": "2025-11-28T10:05:00Z",
    "action": "long",
    "reason": "trend_up_with_support_below",
    "entry_zone": [90700.0, 90900.0],
    "sl": 89800.0,
    "tp1": 92200.0,
    "tp2": 93500.0,
    "risk_level": 3,
    "position_size_usdt": 1000.0,
    "leverage": 3,
    "confidence": 0.76,
    "risk_checks": {"daily_dd_ok": True, "no_major_news": False},
}
SHORT: Final[Mapping[str, Any]] = {**LONG, "action": "short", "sl": 92000, "tp1": 90000, "tp2": 89000}
FLAT: Final[Mapping[str, Any]] = {
    "symbol": "BTCUSDT",
    "timestamp_iso": "2025-11-28T10:05:00Z",
    "action": "flat",
    "entry_zone": None,
    "sl": None,
    "tp1": None,
    "tp2": None,
    "position_size_usdt": 0,
    "leverage": 0,
    "confidence": 0,
}


def written(decision: Mapping[str, Any], **changes: Any) -> bytes:
    """Return a decision file's bytes; a change to `...` leaves the field out."""
    return json.dumps({key: value for key, value in {**decision, **changes}.items() if value is not ...}).encode()


GOOD: Final[Mapping[str, bytes]] = {
    "long": written(LONG),
    "short": written(SHORT),
    "flat": written(FLAT),
    "flat_zeros": written(FLAT, entry_zone=[0, 0], sl=0, tp1=0, tp2=0, atr=0, volatility={"value": 0}),
    "flat_bare": written({"action": "flat"}, timestamp="2025-11-28T10:05:00Z"),
    "zone_one_price": written(LONG, entry_zone=[90800, 90800]),
    "no_targets": written(LONG, tp1=None, tp2=...),
    "tp2_alone": written(LONG, tp1=None),
    "nulls": written(LONG, symbol=None, confidence=None, risk_level=None, reason=None, risk_checks=None, session=None),
    "session_text": written(LONG, session="ASIA"),
    "session_object": written(LONG, session={"current": "ASIA", "next": "LONDON"}),
    "session_null_inside": written(LONG, session={"current": None}),
    "measures": written(LONG, atr=120.5, volatility={"value": 0.0013, "period": 14}),
    "measure_null_inside": written(LONG, atr={"value": None}),
    "id_text": written(LONG, decision_id="d-1"),
    "id_whole": written(LONG, decision_id=4711),
    "other_fields": written(LONG, model={"weights": [1.2345678901234568e-05]}),
    "leverage_fraction": written(LONG, leverage=2.5),
    "leverage_above_any_cap": written(LONG, leverage=200),
}

BAD: Final[Mapping[str, tuple[bytes, str]]] = {
    "no_action": (written(LONG, action=...), "action: missing"),
    "other_action": (written(LONG, action="LONG"), 'action: "LONG" must be one of long, short, flat'),
    "other_symbol": (written(LONG, symbol="ETHUSDT"), 'symbol: "ETHUSDT" is not the configured symbol BTCUSDT'),
    "symbol_number": (written(LONG, symbol=1), "symbol: 1 is not text"),
    "no_zone": (written(LONG, entry_zone=None), "entry_zone: missing; a long needs it"),
    "zone_number": (written(LONG, entry_zone=90700), "entry_zone: 90700 is not a list"),
    "zone_of_three": (written(LONG, entry_zone=[1, 2, 3]), "entry_zone: "),
    "zone_turned": (written(LONG, entry_zone=[90900, 90700]), "entry_zone: 90900 is above 90700"),
    "zone_text": (written(LONG, entry_zone=["90700", 90900]), 'entry_zone[0]: "90700" is not a number'),
    "no_sl": (written(LONG, sl=...), "sl: missing; a long needs it"),
    "sl_zero": (written(LONG, sl=0), "sl: 0 must be above 0"),
    "sl_negative": (written(LONG, sl=-1), "sl: -1 must be above 0"),
    "sl_true": (written(LONG, sl=True), "sl: true is not a number"),
    "sl_text": (written(LONG, sl="89800.0"), 'sl: "89800.0" is not a number'),
    "sl_in_zone": (written(LONG, sl=90700.0), "sl: 90700.0 must be below entry_zone[0] 90700.0 in a long"),
    "tp1_in_zone": (written(LONG, tp1=90900), "entry_zone[1]: 90900.0 must be below tp1 90900 in a long"),
    "tp2_below_tp1": (written(LONG, tp2=92000), "tp1: 92200.0 must be below tp2 92000 in a long"),
    "tp2_alone_in_zone": (written(LONG, tp1=None, tp2=90800), "entry_zone[1]: 90900.0 must be below tp2 90800"),
    "short_sl_below": (written(SHORT, sl=90800), "sl: 90800 must be above entry_zone[1] 90900.0 in a short"),
    "short_tp1_above": (written(SHORT, tp1=90800), "entry_zone[0]: 90700.0 must be above tp1 90800 in a short"),
    "short_tp2_above": (written(SHORT, tp2=90500), "tp1: 90000 must be above tp2 90500 in a short"),
    "no_size": (written(LONG, position_size_usdt=...), "position_size_usdt: missing"),
    "size_zero": (written(LONG, position_size_usdt=0), "position_size_usdt: 0 must be above 0"),
    "no_leverage": (written(LONG, leverage=None), "leverage: missing"),
    "leverage_low": (written(LONG, leverage=0.5), "leverage: 0.5 must be at least 1"),
    "confidence_high": (written(LONG, confidence=1.01), "confidence: 1.01 must be at most 1"),
    "confidence_negative": (written(LONG, confidence=-0.1), "confidence: -0.1 must be at least 0"),
    "risk_level_high": (written(LONG, risk_level=6), "risk_level: 6 must be at most 5"),
    "risk_level_part": (written(LONG, risk_level=2.5), "risk_level: 2.5 must be a whole number"),
    "reason_list": (written(LONG, reason=[]), "reason: [] is not text"),
    "checks_list": (written(LONG, risk_checks=["daily_dd_ok"]), 'risk_checks: ["daily_dd_ok"] is not an object'),
    "check_null": (
        written(LONG, risk_checks={"session_ok": None}),
        "risk_checks.session_ok: null must be true or false",
    ),
    "check_number": (written(LONG, risk_checks={"session_ok": 1}), "risk_checks.session_ok: 1 must be true or false"),
    "session_number": (written(LONG, session=3), "session: 3 is not text"),
    "session_without_current": (written(LONG, session={"now": "ASIA"}), "session.current: missing"),
    "atr_zero": (written(LONG, atr=0), "atr: 0 must be above 0"),
    "volatility_text": (written(LONG, volatility={"value": "1%"}), 'volatility.value: "1%" is not a number'),
    "volatility_without_value": (written(LONG, volatility={}), "volatility.value: missing"),
    "time_number": (written(LONG, timestamp_iso=1764324300), "timestamp_iso: 1764324300 is not an ISO 8601 time"),
    "time_date_only": (
        written(LONG, timestamp_iso="2025-11-28"),
        'timestamp_iso: "2025-11-28" is not an ISO 8601 time',
    ),
    "time_no_such_day": (written(LONG, timestamp_iso="2025-02-30T10:05:00Z"), "is no time of the calendar"),
    "time_ancient": (written(LONG, timestamp_iso="0001-01-01T00:00:00+23:59"), "is outside the years 2000 to 2099"),
    "time_far": (written(LONG, timestamp_iso="2100-01-01T00:00:00Z"), "is outside the years 2000 to 2099"),
    "two_times": (written(LONG, timestamp="2025-11-28T10:05:01Z"), "are different times; keep one"),
    "id_empty": (written(LONG, decision_id=""), 'decision_id: "" is empty'),
    "id_part": (written(LONG, decision_id=1.5), "decision_id: 1.5 must be text or a whole number"),
    "id_list": (written(LONG, decision_id=[1]), 'decision_id: ["1"] is not text'),
    "flat_zone_text": (written(FLAT, entry_zone="none"), 'entry_zone: "none" is not a list'),
    "flat_sl_negative": (written(FLAT, sl=-1), "sl: -1 must be at least 0"),
    "flat_leverage_text": (written(FLAT, leverage="0"), 'leverage: "0" is not a number'),
}
