"""Every code of the facts page, section 5: what it means, what the next pass may do, and what a request becomes.

The table of codes is the core's tests'; what only HTTP tells is here, status by status.
"""

from typing import Final

import httpx
import pytest

from capi.adapters.binance.errors import Refusal, error_of
from capi.core.errors import (
    ClockSkewed,
    ExchangeError,
    Meaning,
    NotAuthorised,
    OutcomeUnknown,
    Reaction,
    Rejected,
    Throttled,
    Unavailable,
    meaning_of,
    reaction_to,
)
from tests.binance import replies
from tests.binance.orders import ISOLATED, entry
from tests.binance.stand import Stand, refusal
from tests.core.test_errors import CASES

NOW: Final = replies.NOW_MS

KINDS: Final[dict[Meaning, type[ExchangeError]]] = {
    "unknown_outcome": OutcomeUnknown,
    "throttled": Throttled,
    "clock": ClockSkewed,
    "authorisation": NotAuthorised,
}
"""What a write becomes by its code's meaning; any other meaning is a clear no."""


@pytest.mark.parametrize(("code", "meaning", "reaction"), CASES)
def test_a_code_has_one_meaning_one_reaction_and_one_kind_of_error(
    code: int, meaning: Meaning, reaction: Reaction
) -> None:
    assert (meaning_of(code), reaction_to(code)) == (meaning, reaction)
    error = error_of(Refusal(400, httpx.Response(400, json=replies.error(code, "Text.")).text), NOW, writes=True)
    assert type(error) is KINDS.get(meaning, Rejected)
    assert "Text." in error.message
    if isinstance(error, Rejected | NotAuthorised | Throttled):
        assert error.code == code


def test_a_read_of_unknown_outcome_is_merely_not_available() -> None:
    body = httpx.Response(400, json=replies.error(-1007)).text
    assert isinstance(error_of(Refusal(400, body), NOW, writes=False), Unavailable)


def test_a_code_may_be_text() -> None:
    body = httpx.Response(400, json=replies.error("-2019")).text
    assert error_of(Refusal(400, body), NOW, writes=True) == Rejected(-2019, "said so")


def test_a_code_that_is_not_listed_is_a_clear_no() -> None:
    assert error_of(Refusal(400, '{"code":-9999,"msg":"new"}'), NOW, writes=True) == Rejected(-9999, "new")


UNKNOWN_503 = "Unknown error, please check your request or try again later."
FAILED_503 = "Internal error; unable to process your request. Please try again."
BY_STATUS: Final[list[tuple[int, str, type[ExchangeError], type[ExchangeError]]]] = [
    # status, body, of a write, of a read
    (503, UNKNOWN_503, OutcomeUnknown, Unavailable),
    (503, f'{{"code":-1000,"msg":"{UNKNOWN_503}"}}', OutcomeUnknown, Unavailable),
    (503, FAILED_503, OutcomeUnknown, Unavailable),  # documented as failed; asked about all the same
    (503, "Service Unavailable.", Unavailable, Unavailable),
    (503, '{"code":0,"msg":"Service Unavailable."}', Unavailable, Unavailable),
    (503, "<html><h1>503 Service Unavailable</h1></html>", OutcomeUnknown, Unavailable),  # of a proxy, not of the page
    (503, '{"code":-1008,"msg":"Server is overloaded"}', Throttled, Throttled),
    (503, '{"code":-1007,"msg":"Timeout"}', OutcomeUnknown, Unavailable),
    (503, '{"code":-2019,"msg":"odd"}', OutcomeUnknown, Unavailable),
    (500, "", OutcomeUnknown, Unavailable),
    (502, "<html>Bad Gateway</html>", OutcomeUnknown, Unavailable),
    (504, '{"code":-2022,"msg":"odd"}', OutcomeUnknown, Unavailable),
    (408, '{"code":-1007,"msg":"Timeout"}', OutcomeUnknown, Unavailable),
    (408, "", OutcomeUnknown, Unavailable),
    (403, "<html>Forbidden</html>", Throttled, Throttled),
    (403, '{"code":-2015,"msg":"Invalid API-key"}', NotAuthorised, NotAuthorised),
    (401, '{"code":-2014,"msg":"API-key format invalid."}', NotAuthorised, NotAuthorised),
    (401, "no", NotAuthorised, NotAuthorised),
    (451, "restricted location", NotAuthorised, NotAuthorised),
    (404, "<html>Not Found</html>", OutcomeUnknown, Unavailable),
    (400, "[1]", OutcomeUnknown, Unavailable),
    (400, "1", OutcomeUnknown, Unavailable),
    (400, '{"msg":"no code"}', OutcomeUnknown, Unavailable),
    (400, '{"code":-20', OutcomeUnknown, Unavailable),
    (400, '{"code":true,"msg":"x"}', OutcomeUnknown, Unavailable),
    (400, '{"code":200,"msg":"success"}', OutcomeUnknown, Unavailable),  # neither yes nor no
    (400, '{"code":1e99,"msg":"x"}', OutcomeUnknown, Unavailable),
    (302, '{"code":-2019,"msg":"moved"}', OutcomeUnknown, Unavailable),
    (204, "", OutcomeUnknown, Unavailable),
]


@pytest.mark.parametrize(("status", "body", "write", "read"), BY_STATUS)
def test_a_status_is_never_taken_for_more_than_it_says(
    status: int, body: str, write: type[ExchangeError], read: type[ExchangeError]
) -> None:
    assert type(error_of(Refusal(status, body), NOW, writes=True)) is write
    assert type(error_of(Refusal(status, body), NOW, writes=False)) is read


MINUTE_END: Final = (NOW // 60_000 + 1) * 60_000
SILENCES: Final[list[tuple[Refusal, int]]] = [
    (Refusal(429, '{"code":-1003,"msg":"Too many requests."}', "7"), NOW + 7000),
    (Refusal(429, "<html>Too Many Requests</html>", "7"), NOW + 7000),
    (Refusal(429, "", None), MINUTE_END),
    (Refusal(429, "", "Wed, 21 Oct 2026 07:28:00 GMT"), MINUTE_END),
    (Refusal(418, "", "120"), NOW + 120_000),
    (Refusal(418, f'{{"code":-1003,"msg":"Way too many requests; IP banned until {NOW + 90_000}."}}'), NOW + 90_000),
    (Refusal(418, "", None), NOW + 120_000),
    (Refusal(400, '{"code":-1003,"msg":"Too many requests."}', "3"), NOW + 3000),
    (Refusal(429, '{"code":-1015,"msg":"Too many new orders."}', "47"), NOW + 47_000),
    (Refusal(418, "", "9999999"), NOW + 3 * 86_400_000),  # no ban is longer than three days
    (Refusal(429, "", "0"), NOW),
]


@pytest.mark.parametrize(("refused", "until_ms"), SILENCES)
def test_silence_lasts_to_the_second_that_was_named(refused: Refusal, until_ms: int) -> None:
    error = error_of(refused, NOW, writes=True)
    assert isinstance(error, Throttled)
    assert error.until_ms == until_ms


def test_too_many_orders_waits_for_the_next_ten_seconds_and_silences_nothing_else(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = refusal(-1015, 429)
    error = stand.refused(entry())
    assert isinstance(error, Throttled)
    assert error.until_ms == (stand.now_ms // 10_000 + 1) * 10_000
    assert stand.look().complete


def test_a_setting_that_is_so_already_keeps_its_code_for_the_engine(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/marginType"] = refusal(-4046)
    error = stand.refused(ISOLATED)
    assert isinstance(error, Rejected)
    assert (error.meaning, reaction_to(error.code)) == ("already_so", "done")


def test_a_wrong_clock_is_its_own_error(stand: Stand) -> None:
    stand.replies["POST /fapi/v1/order"] = refusal(-1021)
    assert isinstance(stand.refused(entry()), ClockSkewed)
