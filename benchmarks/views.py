"""The four situations that a plan is measured in, made of the example snapshot: a decision's life from idle to guarded.

Each says what `plan` has to answer, and that is checked before anything is timed: a figure for another path through the
rules would be worth nothing.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from capi.adapters.snapshot_json import read_snapshot
from capi.core.account import Account, Intent, Position, Trade
from capi.core.config import Config
from capi.core.decision import Decision
from capi.core.orders import Order, Orders
from capi.settings import Settings, overlay

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "fixtures" / "example.json"
_QTY: Final = Decimal("0.011")
_ENTRY: Final = Decimal("90800.0")
_SL: Final = Decimal("89800.0")
_TP1: Final = Decimal("92200.0")
_TP2: Final = Decimal("93500.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One situation. `answer`: the kinds of the actions that `plan` returns; `target_us`: how long it may take."""

    name: str
    decision: Decision
    account: Account
    orders: Orders
    config: Config
    answer: tuple[str, ...]
    target_us: float

    @property
    def given(self) -> tuple[Decision, Account, Orders, Config]:
        """Return the arguments of `plan`."""
        return self.decision, self.account, self.orders, self.config


def scenes() -> tuple[Scene, ...]:
    """Return the four, in the order of a trade's life."""
    snapshot = read_snapshot(EXAMPLE.read_bytes())
    account = snapshot.account
    config = overlay(Settings(), {"symbol": account.instrument.symbol}).core()
    decision = snapshot.decision(symbol=config.symbol, id_prefix=config.id_prefix).decision
    if not isinstance(decision, Decision):
        raise SystemExit(f"{EXAMPLE} holds no usable decision: {decision.reason}")
    return (
        Scene(
            name="flat and idle",
            decision=replace(decision, proposal=None),
            account=account,
            orders=(),
            config=config,
            answer=("Refuse",),
            target_us=40,
        ),
        _entry_resting(decision, account, config),
        _position_guarded(decision, account, config),
        _position_just_opened(decision, account, config),
    )


def _entry_resting(decision: Decision, account: Account, config: Config) -> Scene:
    """The entry rests for five seconds, and the dead-man switch is armed."""
    return Scene(
        name="entry resting",
        decision=decision,
        account=replace(account, intents=(_intent(decision),), dead_man_until_ms=account.now_ms + 50_000),
        orders=(_entry(decision, account.now_ms - 5000),),
        config=config,
        answer=(),
        target_us=40,
    )


def _position_guarded(decision: Decision, account: Account, config: Config) -> Scene:
    """Entered a minute ago; stop and both targets rest."""
    at_ms = account.now_ms - 50_000
    trade = Trade(
        decision_id=decision.decision_id,
        side="long",
        qty=_QTY,
        entered=_QTY,
        entry_price=_ENTRY,
        sl=_SL,
        tp1=_TP1,
        tp2=_TP2,
        tp1_filled=False,
        opened_at_ms=at_ms,
        volatility=account.market.volatility,
    )
    return Scene(
        name="position guarded",
        decision=decision,
        account=replace(account, position=_position(at_ms), trade=trade, day_trades=1, leverage=3),
        orders=(
            _entry(decision, at_ms, filled=True),
            Order(
                client_order_id=f"capi_sl_{decision.decision_id}",
                kind="algo",
                side="SELL",
                type="STOP_MARKET",
                status="NEW",
                trigger_price=_SL,
                close_position=True,
                created_at_ms=at_ms,
                updated_at_ms=at_ms,
            ),
            _target(decision, "tp1", _TP1, Decimal("0.005"), at_ms),
            _target(decision, "tp2", _TP2, Decimal("0.006"), at_ms),
        ),
        config=config,
        answer=(),
        target_us=40,
    )


def _position_just_opened(decision: Decision, account: Account, config: Config) -> Scene:
    """The entry has filled at once: the stop, the record, both targets, and the dead-man switch off."""
    at_ms = account.now_ms - 100
    return Scene(
        name="position just opened",
        decision=decision,
        account=replace(
            account,
            position=_position(at_ms),
            intents=(_intent(decision),),
            dead_man_until_ms=account.now_ms + 50_000,
        ),
        orders=(_entry(decision, at_ms, filled=True),),
        config=config,
        answer=("PlaceOrder", "OpenTrade", "PlaceOrder", "PlaceOrder", "ArmDeadMan"),
        target_us=150,
    )


def _position(since_ms: int) -> Position:
    return Position(qty=_QTY, entry_price=_ENTRY, liquidation_price=Decimal("60896.1"), since_ms=since_ms)


def _entry(decision: Decision, at_ms: int, *, filled: bool = False) -> Order:
    return Order(
        client_order_id=f"capi_entry_{decision.decision_id}",
        kind="plain",
        side="BUY",
        type="LIMIT",
        status="FILLED" if filled else "NEW",
        price=_ENTRY,
        quantity=_QTY,
        filled_qty=_QTY if filled else Decimal(0),
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
    )


def _intent(decision: Decision) -> Intent:
    return Intent(
        client_order_id=f"capi_entry_{decision.decision_id}",
        decision_id=decision.decision_id,
        side="BUY",
        quantity=_QTY,
        sl=_SL,
        tp1=_TP1,
        tp2=_TP2,
    )


def _target(decision: Decision, role: str, price: Decimal, quantity: Decimal, at_ms: int) -> Order:
    return Order(
        client_order_id=f"capi_{role}_{decision.decision_id}",
        kind="plain",
        side="SELL",
        type="LIMIT",
        status="NEW",
        price=price,
        quantity=quantity,
        reduce_only=True,
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
    )
