"""Every code that the exchange documents for us: what it means, and what the next pass may do about it."""

from typing import Final, get_args

import pytest

from capi.core.errors import MEANINGS, REACTIONS, Meaning, Reaction, Rejected, meaning_of, reaction_to

Row = tuple[Meaning, Reaction, tuple[int, ...]]

TABLE: Final[tuple[Row, ...]] = (
    # may have been executed: ask, never send again
    ("unknown_outcome", "resolve", (-1000, -1001, -1006, -1007, -4108, -4111, -4112)),
    # surely not executed, and it passes by itself
    ("throttled", "retry", (-1003, -1008, -1015)),
    ("clock", "retry", (-1021, -5028)),
    ("too_many_orders", "retry", (-2025, -4045)),
    ("no_liquidity", "retry", (-2020, -5021)),
    ("would_take", "retry", (-5022,)),
    ("margin", "retry", (-2018, -2019, -2027, -2028, -4050, -4051)),
    ("price_band", "retry", (-4131,)),
    # look at the position and at what else is open
    ("reduce_only", "retry", (-2022, -2024, -4118)),
    ("no_position", "retry", (-4129, -4509)),
    ("already_guarded", "resolve", (-4130,)),
    ("not_open", "resolve", (-2011,)),
    ("not_found", "resolve", (-2013,)),
    ("duplicate_id", "resolve", (-4116,)),
    ("triggering", "resolve", (-4117,)),
    # once more, with fresh filters
    ("filter", "adjust", (-1111, -4005, -4014, -4016, -4023, -4024, -4164, -4183, -4184, -4210, -4211)),
    # no for this request
    ("would_trigger", "give_up", (-2021, -4142)),
    ("leverage", "give_up", (-4028, -4202, -4203, -4204, -4205, -4206, -4207, -4208, -4209)),
    ("settings_locked", "give_up", (-4047, -4048, -4161, -4165, -4166, -4167, -4168, -4169, -4170, -4172)),
    ("symbol", "give_up", (-4087, -4105, -4106, -4107, -4140, -4141, -4189, -4400, -4401, -4411)),
    # our own mistake: never again as it is
    ("malformed", "give_up", (-1013, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1114, -1115, -1116, -1117)),
    ("malformed", "give_up", (-1118, -1121, -1128, -1130, -2026, -4001, -4002, -4003, -4004, -4013, -4015)),
    ("malformed", "give_up", (-4029, -4030, -4055, -4120, -4135, -4137, -4138)),
    ("malformed", "give_up", (-5037, -5038, -5039, -5040, -5041, -5047)),
    # a person must look
    ("authorisation", "safe_mode", (-1022, -2014, -2015, -4088, -4109, -4192, -4402, -4403)),
    ("account_inconsistent", "safe_mode", (-2023, -4060, -4061, -4062, -4067, -4068, -4531)),
    # nothing to do
    ("already_so", "done", (-4046, -4059, -4171, -5027)),
    # nothing says that it will not pass
    ("other", "retry", (-1125, -2010, -5024, -5025, -5026, -5029, -5043)),
)
CASES: Final = [(code, meaning, reaction) for meaning, reaction, codes in TABLE for code in codes]


@pytest.mark.parametrize(("code", "meaning", "reaction"), CASES)
def test_code(code: int, meaning: Meaning, reaction: Reaction) -> None:
    assert meaning_of(code) == meaning
    assert reaction_to(code) == reaction
    assert Rejected(code=code, message="text that decides nothing").meaning == meaning


def test_the_table_is_whole() -> None:
    assert {code for code, _, _ in CASES} == set(MEANINGS)
    assert len(CASES) == len(MEANINGS)


def test_every_meaning_has_a_reaction() -> None:
    assert set(REACTIONS) == set(get_args(Meaning))
    assert set(REACTIONS.values()) == set(get_args(Reaction))


@pytest.mark.parametrize("code", [None, 0, -1, -9999])
def test_a_code_that_is_not_listed_is_retried_until_its_circuit_opens(code: int | None) -> None:
    assert (meaning_of(code), reaction_to(code)) == ("other", "retry")


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007, -4116, -2013])
def test_what_may_have_been_executed_is_never_retried(code: int) -> None:
    assert reaction_to(code) == "resolve"
