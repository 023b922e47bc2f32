"""What can go wrong when we ask the exchange, told apart by what may be done next; and the reaction to each code.

Source: binance-usdm facts, section 5 (codes and HTTP statuses). Texts vary: only codes decide. Nothing here retries:
an action is never carried over; the next pass plans anew from what it sees.
"""

from typing import Final, Literal

from capi.core.value import record

Meaning = Literal[
    "unknown_outcome",  # may have been executed: ask by client id, never send again
    "throttled",  # not executed; not before a given time
    "clock",  # not executed; measure the offset, sign anew
    "authorisation",  # key, signature, permission: the engine cannot act at all
    "account_inconsistent",  # hedge mode, liquidation, mode locked: entries stop, a person must look
    "malformed",  # our bug: never retried as it is
    "filter",  # quantity to the step, price to the tick, once, with fresh filters
    "margin",  # too little balance for this size
    "too_many_orders",
    "would_trigger",  # the stop's level is already passed
    "reduce_only",  # flat, wrong side, or taken by other open reduce-only orders: look
    "no_position",  # closePosition while the exchange sees no position
    "already_guarded",  # a closePosition stop of this side rests already
    "price_band",  # market order outside PERCENT_PRICE
    "not_open",  # the order to cancel is not open: ask whether it filled
    "not_found",  # does not exist, or is not visible yet
    "duplicate_id",  # an order with this id is or was open: adopt it
    "would_take",  # post-only would cross
    "no_liquidity",
    "settings_locked",  # leverage or margin mode cannot be changed now
    "leverage",  # above what the exchange allows
    "symbol",  # symbol closed, reduce-only mode, agreement unsigned
    "already_so",  # the setting already has that value: success
    "triggering",  # the stop is firing: wait
    "other",
]
Reaction = Literal["retry", "resolve", "adjust", "give_up", "safe_mode", "done"]

REACTIONS: Final[dict[Meaning, Reaction]] = {
    "unknown_outcome": "resolve",
    "throttled": "retry",
    "clock": "retry",
    "authorisation": "safe_mode",
    "account_inconsistent": "safe_mode",
    "malformed": "give_up",
    "filter": "adjust",
    "margin": "retry",
    "too_many_orders": "retry",
    "would_trigger": "give_up",
    "reduce_only": "retry",
    "no_position": "retry",
    "already_guarded": "resolve",
    "price_band": "retry",
    "not_open": "resolve",
    "not_found": "resolve",
    "duplicate_id": "resolve",
    "would_take": "retry",
    "no_liquidity": "retry",
    "settings_locked": "give_up",
    "leverage": "give_up",
    "symbol": "give_up",
    "already_so": "done",
    "triggering": "resolve",
    "other": "retry",
}
"""What the next pass may do about it. Protection is never given up: stops and exits are retried whatever this says."""

_BY_CODES: Final[dict[Meaning, tuple[int, ...]]] = {
    "unknown_outcome": (-1000, -1001, -1006, -1007, -4108, -4111, -4112),
    "throttled": (-1003, -1008, -1015),
    "clock": (-1021, -5028),
    "authorisation": (-1022, -2014, -2015, -4088, -4109, -4192, -4402, -4403),
    "account_inconsistent": (-2023, -4060, -4061, -4062, -4067, -4068, -4531),
    "malformed": (
        -1013, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1114, -1115, -1116, -1117, -1118, -1121, -1128, -1130,
        -2026, -4001, -4002, -4003, -4004, -4013, -4015, -4029, -4030, -4055, -4120, -4135, -4137, -4138,
        -5037, -5038, -5039, -5040, -5041, -5047,
    ),
    "filter": (-1111, -4005, -4014, -4016, -4023, -4024, -4164, -4183, -4184, -4210, -4211),
    "margin": (-2018, -2019, -2027, -2028, -4050, -4051),
    "too_many_orders": (-2025, -4045),
    "would_trigger": (-2021, -4142),
    "reduce_only": (-2022, -2024, -4118),
    "no_position": (-4129, -4509),
    "already_guarded": (-4130,),
    "price_band": (-4131,),
    "not_open": (-2011,),
    "not_found": (-2013,),
    "duplicate_id": (-4116,),
    "would_take": (-5022,),
    "no_liquidity": (-2020, -5021),
    "settings_locked": (-4047, -4048, -4161, -4165, -4166, -4167, -4168, -4169, -4170, -4172),
    "leverage": (-4028, -4202, -4203, -4204, -4205, -4206, -4207, -4208, -4209),
    "symbol": (-4087, -4105, -4106, -4107, -4140, -4141, -4189, -4400, -4401, -4411),
    "already_so": (-4046, -4059, -4171, -5027),
    "triggering": (-4117,),
    "other": (-1125, -2010, -5024, -5025, -5026, -5029, -5043),
}  # fmt: skip

MEANINGS: Final[dict[int, Meaning]] = {code: meaning for meaning, codes in _BY_CODES.items() for code in codes}
"""Every listed code, once."""


def meaning_of(code: int | None) -> Meaning:
    """Return what a refusal's code means; a code that is not listed is `other`: tried again until a circuit opens."""
    return "other" if code is None else MEANINGS.get(code, "other")


def reaction_to(code: int | None) -> Reaction:
    """Return what the next pass may do about a refusal with this code."""
    return REACTIONS[meaning_of(code)]


@record
class Rejected:
    """A clear no: not executed."""

    code: int
    message: str

    @property
    def meaning(self) -> Meaning:
        """Return what the code means."""
        return meaning_of(self.code)


@record
class Throttled:
    """Not executed; ask again at `until_ms` at the earliest.

    `code` is the exchange's, None: it gave none, or was not asked. `spared`: it was not asked, so that requests are
    left for protection.
    """

    until_ms: int
    message: str
    code: int | None = None
    spared: bool = False


@record
class Unavailable:
    """Surely not executed: the connection was never made, or the exchange said so."""

    message: str


@record
class OutcomeUnknown:
    """Sent, not clearly answered: it may rest there, and only asking can tell."""

    message: str


@record
class ClockSkewed:
    """Not executed: our timestamp was outside the window."""

    message: str


@record
class NotAuthorised:
    """Not executed: key, signature or permission."""

    code: int
    message: str


ExchangeError = Rejected | Throttled | Unavailable | OutcomeUnknown | ClockSkewed | NotAuthorised
