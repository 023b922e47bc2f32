"""The parts of a look that have an age of their own. Source of the ages: the design's "One pass"; docs/binance.md."""

from typing import Final

from capi.adapters.binance.calls import Calls
from capi.adapters.binance.client import Client
from capi.adapters.binance.parts import Part
from capi.adapters.binance.wire_account import read_account_config, read_balance, read_position, read_symbol_config
from capi.adapters.binance.wire_market import read_book, read_last, read_mark
from capi.core.actions import ArmDeadMan, SetLeverage, SetMarginMode
from capi.ports.exchange import Request

PRICES_EVERY_MS: Final = 800
"""Ten passes a second would spend the whole budget on prices; by REST they are never that young anyway."""
PRICES_TOLERANCE_MS: Final = 3000
POSITION_EVERY_MS: Final = 5000
BALANCE_EVERY_MS: Final = 15_000
CONFIG_EVERY_MS: Final = 60_000
ACCOUNT_CONFIG_EVERY_MS: Final = 300_000


class LookParts:
    """Position, money, settings and prices. What each write makes due is said here."""

    def __init__(self, client: Client, calls: Calls, symbol: str) -> None:
        self.position: Final = Part(
            "the position",
            lambda: client.ask(calls.position(), lambda answer: read_position(answer, symbol)),
            every_ms=POSITION_EVERY_MS,
            tolerance_ms=POSITION_EVERY_MS,
        )
        self.balance: Final = Part(
            "the balance",
            lambda: client.ask(calls.balance(), read_balance),
            every_ms=BALANCE_EVERY_MS,
            tolerance_ms=4 * BALANCE_EVERY_MS,
        )
        self.symbol_config: Final = Part(
            "leverage and margin mode",
            lambda: client.ask(calls.symbol_config(), lambda answer: read_symbol_config(answer, symbol)),
            every_ms=CONFIG_EVERY_MS,
            tolerance_ms=4 * CONFIG_EVERY_MS,
        )
        self.account_config: Final = Part(
            "position mode and asset mode",
            lambda: client.ask(calls.account_config(), read_account_config),
            every_ms=ACCOUNT_CONFIG_EVERY_MS,
            tolerance_ms=3 * ACCOUNT_CONFIG_EVERY_MS,
        )
        self.book: Final = Part(
            "the book",
            lambda: client.ask(calls.book(), read_book),
            every_ms=PRICES_EVERY_MS,
            tolerance_ms=PRICES_TOLERANCE_MS,
        )
        self.mark: Final = Part(
            "the mark price",
            lambda: client.ask(calls.mark(), read_mark),
            every_ms=PRICES_EVERY_MS,
            tolerance_ms=PRICES_TOLERANCE_MS,
        )
        self.last: Final = Part(
            "the last price",
            lambda: client.ask(calls.last(), read_last),
            every_ms=PRICES_EVERY_MS,
            tolerance_ms=PRICES_TOLERANCE_MS,
        )

    def note_write(self, request: Request) -> None:
        """Have everything read anew that a request may have changed."""
        match request:
            case ArmDeadMan():
                return
            case SetLeverage() | SetMarginMode():
                self.symbol_config.mark_due()
        self.position.mark_due()
        self.balance.mark_due()

    def note_activity(self) -> None:
        """Have position and money read anew: an order changed, or somebody else acted."""
        self.position.mark_due()
        self.balance.mark_due()
