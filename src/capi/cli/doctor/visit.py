"""What the checks share: the configuration, the exchange to ask, and what earlier checks learned from it.

A check that lacks what an earlier one did not come by concludes with "not checked", which is yellow: it is not known.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeVar, assert_never

from returns.pipeline import is_successful
from returns.result import Result

from capi.adapters.binance.errors import LOCATION_STATUS
from capi.adapters.binance.inquiry import Inquiry
from capi.adapters.binance.wire_account import AccountConfig, Balance
from capi.adapters.binance.wire_market import Book
from capi.cli.doctor.finding import Concluded, Finding, red, yellow
from capi.cli.live.refusals import ELSEWHERE
from capi.cli.output import iso
from capi.core.account import Instrument, Position
from capi.core.decision import Proposal
from capi.core.errors import (
    ClockSkewed,
    ExchangeError,
    NotAuthorised,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from capi.core.orders import Order
from capi.settings import Settings

T = TypeVar("T")
SEE_ABOVE: Final = "see to the checks above first"
_SIGNATURE: Final = -1022
_KEY_FORMAT: Final = -2014


@dataclass(slots=True)
class Visit:
    """One run of the checks. What is None is not known."""

    settings: Settings
    inquiry: Inquiry | None = None  # None: there is nothing to ask with
    round_trip_ms: int | None = None  # None: the exchange did not answer
    account_config: AccountConfig | None = None  # None: it does not accept the key
    ledgers_account: str | None = None  # the exchange's name of the account that the journal is of
    silent_until_ms: int | None = None  # the exchange asked an engine here to send nothing before
    instrument: Instrument | None = None
    proposal: Proposal | None = None
    book: Book | None = None
    balance: Balance | None = None
    position: Position | None = None
    orders: tuple[Order, ...] | None = None
    notional: Decimal | None = None  # USDT: of the planned size

    def exchange(self) -> Inquiry:
        """Return what asks the exchange, for questions without a key; conclude when it did not answer before."""
        inquiry = needed(self.inquiry, "keys that can sign")
        needed(self.round_trip_ms, "an exchange that answers")
        return inquiry

    def account(self) -> Inquiry:
        """Return what asks about the account; conclude when the key is not accepted."""
        inquiry = self.exchange()
        needed(self.account_config, "a key that the exchange accepts")
        return inquiry

    def answer(self, result: Result[T, ExchangeError], *, vital: bool = False) -> T:
        """Return an answer, or conclude with what the lack of it means. `vital`: no engine starts without it."""
        if is_successful(result):
            return result.unwrap()
        error = result.failure()
        finding = finding_of(error, self.settings)
        if not vital and isinstance(error, Rejected | Unavailable | OutcomeUnknown):
            finding = replace(finding, status="yellow")
        raise Concluded(finding)


def needed(value: T | None, what: str) -> T:
    """Return what an earlier check learned, or conclude: without it nothing can be said."""
    if value is None:
        raise Concluded(yellow(f"not checked: it needs {what}", SEE_ABOVE))
    return value


def finding_of(error: ExchangeError, settings: Settings) -> Finding:
    """Return what a refused or lost request means for a start."""
    match error:
        case NotAuthorised(code=code, message=message) if code == LOCATION_STATUS:
            return red(f"the exchange serves nobody from here ({message})", ELSEWHERE)
        case NotAuthorised(code=code, message=message):
            return red(f"the exchange does not accept the key (code {code}: {message})", _key_cure(code, settings))
        case Rejected(code=code, message=message):
            return red(f"the exchange refuses it (code {code}: {message})", "see to what it says, and check again")
        case Throttled(until_ms=until_ms, message=message, spared=True):
            cure = f"see what else sends requests from this address, and check again after {iso(until_ms)}"
            return yellow(f"not asked: {message}", cure)
        case Throttled(until_ms=until_ms, message=message):
            cure = "send nothing from this address until then: asking earlier makes it longer"
            return red(f"the exchange takes no requests until {iso(until_ms)} ({message})", cure)
        case ClockSkewed(message=message):
            return red(f"the exchange does not accept our time ({message})", "have this machine's clock set by NTP")
        case Unavailable(message=message) | OutcomeUnknown(message=message):
            return red(f"no answer: {message}", "see to network, firewall and exchange.rest_url")
        case _:
            assert_never(error)


def _key_cure(code: int, settings: Settings) -> str:
    place = settings.exchange.environment
    if code == _SIGNATURE:
        return "the secret is not the key's: set CAPI_EXCHANGE__API_SECRET anew, whole and without blanks"
    if code == _KEY_FORMAT:
        return "CAPI_EXCHANGE__API_KEY is no key: copy it again, whole and without blanks"
    return (
        f"set a key and secret of {place} in CAPI_EXCHANGE__API_KEY and CAPI_EXCHANGE__API_SECRET, "
        "let the key trade futures, and allow this machine's address in its list"
    )
