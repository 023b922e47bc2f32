"""What the key itself may do: mainnet alone tells it, on another host."""

import pytest
import respx

from capi.adapters.binance.connector import Access
from capi.adapters.binance.inquiry import WALLET_URL, Inquiry
from capi.adapters.binance.wire_account import AccountConfig
from capi.bootstrap import live_inquiry
from capi.cli.doctor import access
from capi.cli.doctor.finding import Finding
from capi.cli.doctor.visit import Visit
from capi.settings import Settings
from capi.settings.load import load_settings

GOOD: dict[str, object] = {"ipRestrict": True, "enableWithdrawals": False, "enableFutures": True, "enableReading": True}


def found(answer: dict[str, object], status: int = 200, wallet_url: str | None = WALLET_URL) -> Finding:
    """Return what is said of a key of which the wallet answers this."""
    reach = Access(base_url="http://127.0.0.1:1", key="k", secret="s", recv_window_ms=2000, timeout_seconds=2)
    inquiry = Inquiry(reach, "BTCUSDT", wallet_url)
    modes = AccountConfig("one_way", multi_assets=False, can_trade=True)
    with respx.mock(assert_all_called=wallet_url is not None) as wallet:
        wallet.get(url__startswith=f"{WALLET_URL}/sapi/v1/account/apiRestrictions").respond(status, json=answer)
        finding = access.rights(Visit(Settings(), inquiry, round_trip_ms=1, account_config=modes))
    inquiry.close()
    return finding


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({}, "green", "cannot withdraw"),
        ({"enableWithdrawals": True}, "yellow", "may withdraw"),
        ({"ipRestrict": False}, "yellow", "from any address"),
        ({"enableFutures": False}, "red", "may not trade futures"),
    ],
)
def test_what_the_key_may_do(changes: dict[str, object], status: str, word: str) -> None:
    finding = found(GOOD | changes)
    assert finding.status == status
    assert word in finding.found


def test_what_cannot_be_asked_is_not_known() -> None:
    assert found({"code": -2015, "msg": "no"}, 400).status == "yellow"
    assert found({"msg": "odd"}).status == "yellow"


def test_where_nobody_tells_it_is_said() -> None:
    finding = found(GOOD, wallet_url=None)
    assert finding.status == "green"
    assert "not told here" in finding.found


def test_only_mainnet_itself_is_asked() -> None:
    def asks(**variables: str) -> bool:
        inquiry = live_inquiry(load_settings(None, env={f"CAPI_EXCHANGE__{key}": it for key, it in variables.items()}))
        inquiry.close()
        return inquiry._wallet is not None

    assert asks(ENVIRONMENT="mainnet")
    assert not asks(ENVIRONMENT="testnet")
    assert not asks(ENVIRONMENT="mainnet", REST_URL="http://127.0.0.1:1")
