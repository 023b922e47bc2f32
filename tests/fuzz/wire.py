"""Whole answers of the exchange, status and headers too, through the real client, the real look, and a real pass.

The scripted exchange stands behind httpx, as in the adapter's own tests; one endpoint answers what was made up.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

import httpx
import respx
from returns.pipeline import is_successful

from capi.core.actions import SetLeverage
from capi.core.errors import MEANINGS, OutcomeUnknown, Rejected, Throttled, Unavailable
from capi.core.plan import plan
from capi.engine.ledger import Ledger
from capi.engine.observe import changes
from capi.engine.view import assemble
from capi.ports.exchange import Look, Request
from tests.binance import replies
from tests.binance.stand import Stand, mount
from tests.fuzz.acks import ENTRY, STOP
from tests.fuzz.answers import check_finite
from tests.fuzz.decisions import check_no_entry
from tests.fuzz.mutate import document_of
from tests.fuzz.target import Target
from tests.worlds import CONFIG, LONG

HEADERS: Final = ("x-mbx-used-weight-1m", "x-mbx-order-count-10s", "x-mbx-order-count-1m", "retry-after")
COUNTS: Final = ("", "0", "7", "2399", "2401", "999999999", "9999999999", "-5", "1e3", "x", " 12 ", "1,000")
STATUSES: Final = (
    *(200,) * 12,
    *(400,) * 6,
    100,
    201,
    204,
    301,
    302,
    304,
    401,
    403,
    404,
    408,
    418,
    429,
    500,
    502,
    503,
    504,
)
ORDER_PATH: Final = "POST /fapi/v1/order"
ALGO_PATH: Final = "POST /fapi/v1/algoOrder"
LEVERAGE_PATH: Final = "POST /fapi/v1/leverage"


@contextmanager
def _stand() -> Iterator[Stand]:
    with respx.mock(assert_all_called=False) as router:
        made = Stand()
        mount(made, router)
        try:
            yield made
        finally:
            made.close()


def _response(status: int, body: bytes, dice: Random) -> httpx.Response:
    headers = {name: dice.choice(COUNTS) for name in HEADERS if dice.random() < 0.3}
    if dice.random() < 0.5:
        headers["content-type"] = "application/json"
    return httpx.Response(status, content=body, headers=headers)


# one document holds everything: the first line says which endpoint, status, and with which dice the headers are drawn


def _made(good: tuple[bytes, ...], dice: Random) -> bytes:
    head, _, body = dice.choice(good).partition(b"\n")
    name = head.decode().partition("|")[0]
    same = tuple(document.partition(b"\n")[2] for document in good if document.startswith(f"{name}|".encode()))
    if dice.random() < 0.3:
        body = json.dumps({"code": dice.choice((*MEANINGS, 200, "x")), "msg": "said so"}).encode()
    return f"{name}|{dice.choice(STATUSES)}|{dice.randrange(10**6)}\n".encode() + document_of((body, *same), dice)


def _taken(document: bytes) -> tuple[str, int, Random, bytes]:
    head, _, body = document.partition(b"\n")
    name, status, dice = [*head.decode(errors="replace").split("|"), "", ""][:3]
    return name, int(status) if status.isdigit() and 100 <= int(status) < 600 else 200, Random(dice), body


def _documents(*answers: tuple[str, object]) -> tuple[bytes, ...]:
    return tuple(f"{name}|200|1\n".encode() + json.dumps(answer).encode() for name, answer in answers)


# writes


_REQUESTS: Final[dict[str, Request]] = {
    ORDER_PATH: ENTRY,
    ALGO_PATH: STOP,
    LEVERAGE_PATH: SetLeverage(leverage=3, rule="set_leverage", reason="a test"),
}


def check_write(document: bytes) -> str:
    """A write ends in a yes about itself, or in an error that fits: below 400 and from 500 on it may have happened."""
    name, status, dice, body = _taken(document)
    if name not in _REQUESTS:
        return "no such endpoint"
    with _stand() as stand:
        stand.replies[name] = _response(status, body, dice)
        result = stand.exchange.act(_REQUESTS[name])
    if is_successful(result):
        assert status == 200
        check_finite(result.unwrap())
        return "yes"
    error = result.failure()
    assert error.message.isprintable(), error
    assert len(error.message) < 400, error
    if isinstance(error, Rejected):
        assert 400 <= status < 500
        return "refused"
    if isinstance(error, Unavailable):
        assert status == 503
    if not isinstance(error, Throttled | Unavailable | OutcomeUnknown):
        assert 400 <= status < 500, error
    if isinstance(error, OutcomeUnknown):
        return "unknown"
    return "not executed"


# looks


def _candles() -> object:
    return replies.candles(replies.NOW_MS, 3)


_READS: Final[tuple[tuple[str, object], ...]] = (
    ("GET /fapi/v1/time", replies.TIME),
    ("GET /fapi/v1/exchangeInfo", replies.EXCHANGE_INFO),
    ("GET /fapi/v1/ticker/bookTicker", replies.BOOK),
    ("GET /fapi/v1/premiumIndex", replies.MARK),
    ("GET /fapi/v2/ticker/price", replies.LAST),
    ("GET /fapi/v1/klines", _candles()),
    ("GET /fapi/v1/openOrders", [{**replies.ORDER, "time": replies.NOW_MS}]),
    ("GET /fapi/v1/openAlgoOrders", [replies.ALGO]),
    ("GET /fapi/v3/positionRisk", [replies.POSITION]),
    ("GET /fapi/v3/account", replies.ACCOUNT),
    ("GET /fapi/v1/symbolConfig", replies.SYMBOL_CONFIG),
    ("GET /fapi/v1/accountConfig", replies.ACCOUNT_CONFIG),
    ("GET /fapi/v1/commissionRate", replies.FEES),
    ("GET /fapi/v1/leverageBracket", replies.BRACKETS),
    ("GET /fapi/v1/userTrades", [replies.TRADE]),
    ("GET /fapi/v1/income", [replies.FUNDING]),
)
_READ_NAMES: Final = frozenset(name for name, _ in _READS)


def check_look(document: bytes) -> str:
    """One read of a look answers nonsense: a look with a gap, or none; nothing is entered on what was not told."""
    name, status, dice, body = _taken(document)
    if name not in _READ_NAMES:
        return "no such endpoint"
    with _stand() as stand:
        stand.replies[name] = _response(status, body, dice)
        result = stand.exchange.look(asked=(), fills_after=0, fundings_after=0)
    if not is_successful(result):
        assert result.failure().message.isprintable()
        return "blind"
    look = result.unwrap()
    check_finite(look)
    for gap in look.gaps:
        assert gap.isprintable(), gap
        assert len(gap) < 600, gap
    if status != 200 and name != "GET /fapi/v1/time":
        assert not look.complete or name in _MAY_BE_LATE, f"{name} was refused, and the look is complete"
    _check_plan(look)
    return "complete" if look.complete else "incomplete"


_MAY_BE_LATE: Final = frozenset(
    {"GET /fapi/v1/leverageBracket", "GET /fapi/v1/commissionRate", "GET /fapi/v1/income", "GET /fapi/v1/klines"}
)
"""Fees and brackets have a cautious value until they are known, volatility closes its own gate, funding waits."""


def _check_plan(look: Look) -> None:
    """Plan on the look as a pass does: it never raises, and an incomplete view enters nothing."""
    ledger = Ledger()
    for event in changes(look, ledger, CONFIG):
        ledger.apply(event)
    account, orders = assemble(look, ledger)
    actions = plan(LONG, account, orders, CONFIG)
    if not look.complete:
        check_no_entry(actions)


TARGETS: Final = (
    Target(
        name="write",
        good=_documents(
            (ORDER_PATH, replies.ORDER),
            (ALGO_PATH, replies.ALGO),
            (LEVERAGE_PATH, {"leverage": 3, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"}),
        ),
        check=check_write,
        make=_made,
        outcomes=frozenset({"yes", "refused", "unknown", "not executed"}),
        every=40,
    ),
    Target(
        name="look",
        good=_documents(*_READS),
        check=check_look,
        make=_made,
        outcomes=frozenset({"complete", "incomplete", "blind"}),
        every=400,
    ),
)
