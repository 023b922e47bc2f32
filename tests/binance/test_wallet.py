"""The wallet held against what is known to have moved it: when incomes are read, what they say, and what waits."""

from typing import Any, Final

import httpx
import pytest

from capi.adapters.binance.wallet import EVERY_MS, GIVE_UP_MS, MINUTE_MS, MOVED, READS_A_MINUTE, YOUNG_MS
from capi.ports.exchange import Look, Transfer
from tests.binance import replies
from tests.binance.stand import Stand
from tests.worlds import D

NOW: Final = replies.NOW_MS
INCOME: Final = "GET /fapi/v1/income"
MONEY: Final = "GET /fapi/v3/account"
FILLS: Final = "GET /fapi/v1/userTrades"
DOWN: Final = httpx.Response(502, text="bad gateway")
STEP_MS: Final = 1000


class Account:
    """A scripted account whose wallet and incomes a test moves; looks are a second apart."""

    def __init__(self, stand: Stand) -> None:
        self.stand: Final = stand
        self.wallet = D(1000)
        self.rows: list[dict[str, Any]] = []
        stand.replies |= {MONEY: lambda query: self._money(), INCOME: self.incomes}
        stand.exchange.tell_transfers(NOW - 1)

    def _money(self) -> dict[str, Any]:
        text = str(self.wallet)
        return replies.ACCOUNT | {"totalWalletBalance": text, "totalMarginBalance": text}

    def incomes(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Answer as the exchange does."""
        if "incomeType" in query:  # funding payments have reads of their own
            return []
        first, last = int(query["startTime"]), int(query["endTime"])
        return [row for row in self.rows if first <= row["time"] <= last]

    def book(self, amount: str, kind: str = "TRANSFER", symbol: str = "", asset: str = "USDT") -> None:
        """Have an income listed, booked a moment after the last look."""
        self.stand.now_ms += STEP_MS // 2
        self.rows.append({
            "symbol": symbol, "incomeType": kind, "income": amount, "asset": asset, "info": kind,
            "time": self.stand.now_ms, "tranId": 9689322392 + len(self.rows), "tradeId": "",
        })  # fmt: skip

    def look(self, times: int = 1, step_ms: int = STEP_MS) -> Look:
        """Look so many times, and return the last look."""
        for _ in range(times - 1):
            self.stand.now_ms += step_ms
            self.stand.look(fills_after=1)
        self.stand.now_ms += step_ms
        return self.stand.look(fills_after=1)

    def transfer(self, amount: str, kind: str = "TRANSFER") -> None:
        """Move money, listed at once."""
        self.wallet += D(amount)
        self.book(amount, kind)

    @property
    def reads(self) -> int:
        """Return how often the incomes were asked for."""
        return sum("incomeType" not in sent.params for sent in self.stand.of(INCOME))


@pytest.fixture
def account(stand: Stand) -> Account:
    """An account that has been looked at once."""
    made = Account(stand)
    assert made.look().complete
    return made


@pytest.mark.parametrize("kind", sorted(MOVED))
def test_money_moved_is_told(account: Account, kind: str) -> None:
    account.transfer("-190.5", kind)
    at_ms = account.stand.now_ms
    look = account.look(20)
    assert look.transfers == (Transfer(transfer_id=f"{kind}:9689322392", amount_usdt=D("-190.5"), at_ms=at_ms),)
    assert (look.complete, look.wallet, look.equity) == (True, D("809.5"), D("809.5"))


def test_a_change_that_nothing_explains_makes_the_wallet_unknown_until_it_is_told(account: Account) -> None:
    account.wallet -= 190
    account.stand.replies[FILLS] = []
    odd = next(look for look in iter(account.look, None) if not look.complete)
    assert odd.gaps == ("the wallet changed by -190 USDT, and nothing that was read tells why yet",)
    assert (odd.wallet, odd.equity) == (None, D(810))
    late = account.look(YOUNG_MS // STEP_MS)
    assert (late.complete, late.wallet, late.equity) == (True, None, None)
    account.book("-190")
    told = account.look(70)
    assert (told.complete, told.wallet, len(told.transfers)) == (True, D(810), 1)


def test_an_event_during_a_look_does_not_make_an_unexplained_equity_known(account: Account) -> None:
    account.wallet += 190
    assert account.look(40).equity is None

    def told_meanwhile(query: dict[str, str]) -> Any:
        account.stand.exchange.note_event()
        return replies.ACCOUNT | {"totalWalletBalance": "1190", "totalMarginBalance": "1190"}

    account.stand.replies[MONEY] = told_meanwhile
    account.stand.exchange.note_event()
    overtaken = account.look()
    assert any("the balance" in gap for gap in overtaken.gaps)
    assert (overtaken.wallet, overtaken.equity) == (None, None)


def test_what_is_never_told_is_a_result_in_the_end(account: Account) -> None:
    account.wallet -= 190
    account.look(20)
    known = next(look for look in iter(account.look, None) if look.wallet is not None)
    assert known.gaps == ("nothing has told why the wallet changed by -190 USDT: from now on it is a result",)
    assert account.stand.now_ms - NOW > GIVE_UP_MS
    look = account.look(30)
    assert (look.complete, look.wallet, look.transfers) == (True, D(810), ())
    account.book("-190")
    account.rows[-1]["time"] = NOW + 20_000
    look = account.look(60, EVERY_MS // 30)
    assert (look.complete, look.wallet, len(look.transfers)) == (True, D(810), 1)


def test_while_nothing_can_be_read_nothing_becomes_a_result(account: Account) -> None:
    account.transfer("500")
    account.stand.replies[INCOME] = DOWN
    account.look(80, 5 * STEP_MS)
    late = account.look()
    assert account.stand.now_ms - NOW > GIVE_UP_MS + MINUTE_MS
    assert (late.wallet, late.equity, late.transfers) == (None, None, ())
    account.stand.replies[INCOME] = account.incomes
    told = account.look(30)
    assert (told.complete, told.wallet, len(told.transfers)) == (True, D(1500), 1)


def test_other_results_explain_the_wallet_and_are_no_transfers(account: Account) -> None:
    account.wallet += D("-7.5")
    account.book("-8", "REALIZED_PNL", "ETHUSDT")
    account.book("0.5", "FUNDING_FEE", "BTCUSDT")
    account.book("-5", "TRANSFER", asset="USDC")
    look = account.look(20)
    assert (look.complete, look.wallet, look.transfers) == (True, D("992.5"), ())


def test_a_trade_of_the_symbol_explains_the_wallet_by_itself(account: Account) -> None:
    before = account.reads
    account.wallet += D("12.5") - D("0.3799945")
    account.stand.now_ms += STEP_MS // 2
    trade = replies.TRADE | {"orderId": 1, "time": account.stand.now_ms}
    account.stand.replies[FILLS] = [
        trade | {"id": 5, "realizedPnl": "12.5"},
        trade | {"id": 6, "realizedPnl": "0", "commissionAsset": "BNB"},
    ]
    account.stand.replies["GET /fapi/v1/order"] = replies.ORDER | {"orderId": 1}
    looks = [account.look() for _ in range(20)]
    assert all(look.complete for look in looks)
    assert looks[-1].wallet == account.wallet
    assert account.reads == before


def test_an_event_has_it_read_at_the_next_look(account: Account) -> None:
    account.transfer("500")
    account.stand.exchange.incoming.transfer_told = True
    account.stand.exchange.note_event()
    look = account.look()
    assert (look.complete, look.wallet, look.equity) == (True, D(1500), D(1500))
    assert [one.amount_usdt for one in look.transfers] == [D(500)]


def test_without_a_reason_theincomes_are_read_now_and_then(account: Account) -> None:
    before = account.reads
    account.look(60, EVERY_MS // 30)
    assert account.reads - before == 2


def test_whoever_trades_beside_us_does_not_use_up_the_budget(account: Account) -> None:
    began_ms = account.stand.now_ms
    while account.stand.now_ms - began_ms < 3 * MINUTE_MS:
        account.wallet -= 1
        account.book("-1", "COMMISSION", "ETHUSDT")
        account.look()
    assert account.reads <= 4 * READS_A_MINUTE


def test_until_they_were_read_once_the_view_has_a_gap(stand: Stand) -> None:
    account = Account(stand)
    stand.replies[INCOME] = DOWN
    assert any("the transfers could not be read" in gap for gap in account.look().gaps)
    stand.replies[INCOME] = account.incomes
    assert account.look(30).complete


def test_a_failed_read_later_on_is_no_gap_and_misses_nothing(account: Account) -> None:
    account.book("300")  # the wallet does not show it yet
    account.stand.replies[INCOME] = DOWN
    assert account.look(60, EVERY_MS // 30).complete
    account.wallet += 300
    account.stand.replies[INCOME] = account.incomes
    look = account.look(60)
    assert (look.complete, look.wallet) == (True, D(1300))
    assert [one.amount_usdt for one in look.transfers] == [D(300)]


def test_nobody_who_does_not_want_to_be_told_pays_for_it(stand: Stand) -> None:
    stand.look()
    stand.now_ms += EVERY_MS
    stand.look()
    assert stand.of(INCOME) == []
