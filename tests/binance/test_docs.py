"""docs/binance.md says what is asked and what it weighs."""

import re
from pathlib import Path
from typing import Final

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Call
from capi.adapters.binance.exchange import REST_URLS
from capi.ports.exchange import Request
from tests.binance.orders import DEAD_MAN, ISOLATED, LEVERAGE, cancel, entry, stop

PAGE: Final = (Path(__file__).parents[2] / "docs" / "binance.md").read_text(encoding="utf-8")
ROW: Final = re.compile(r"^\| `([A-Z]+ /fapi/\S+)` \| (\d+) \|", re.MULTILINE)


def calls() -> list[Call]:
    """Return every call that there is."""
    of = Calls("BTCUSDT")
    requests: tuple[Request, ...] = (
        entry(),
        stop(),
        cancel(),
        cancel("capi_sl_x", "algo"),
        LEVERAGE,
        ISOLATED,
        DEAD_MAN,
    )
    return [
        *(of.of_request(request) for request in requests),
        of.open_orders("plain"),
        of.open_orders("algo"),
        of.order(("plain", "x")),
        of.order(("algo", "x")),
        of.order_by_number(1),
        of.all_algo_orders(),
        of.position(),
        of.executions(from_id=None),
        of.server_time(),
        of.book(),
        of.mark(),
        of.last(),
        of.exchange_info(),
        of.candles(16),
        of.candle_of("BNBUSDT", 0),
        of.balance(),
        of.symbol_config(),
        of.account_config(),
        of.fees(),
        of.brackets(),
        of.fundings(0),
        of.orders_between("plain", 0, 1),
        of.orders_between("algo", 0, 1),
        of.incomes(0, 1),
        of.listen_key("POST"),
        of.listen_key("PUT"),
    ]


def test_every_request_is_there_with_its_weight() -> None:
    assert dict(ROW.findall(PAGE)) == {f"{call.method} {call.path}": str(call.weight) for call in calls()}


def test_both_hosts_are_there() -> None:
    for environment, url in REST_URLS.items():
        assert f"| `{environment}` | `{url}` |" in PAGE
