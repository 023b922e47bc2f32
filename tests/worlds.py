"""Values for the core's tests: the example world of the contract, and small builders that change one thing of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from capi.core.account import Account, Instrument, Intent, Market, Position, Trade
from capi.core.config import ChaseConfig, Config, EntryConfig, ProtectionConfig, RiskConfig, TargetsConfig
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.orders import Order
from capi.core.view import View

D = Decimal
NOW = 1764324360000  # 2025-11-28T10:06:00Z
MADE = 1764324300000  # 2025-11-28T10:05:00Z
ID = "20251128T100500Z"

CONFIG = Config(
    symbol="BTCUSDT",
    id_prefix="capi",
    recv_window_ms=2000,
    decision_age_seconds_max=D(600),
    entry=EntryConfig(
        distance_max=D("0.005"),
        spread_max=D("0.0005"),
        volatility_max=D("0.01"),
        market_confidence=D("0.75"),
        market_type="market",
        slippage_max=D("0.001"),
        restricted_sessions=(),
        risk_checks=("daily_dd_ok", "weekly_dd_ok", "max_trades_per_day_ok", "session_ok"),
        dead_man_seconds=60,
    ),
    chase=ChaseConfig(threshold=D("0.0015"), after_seconds=D(15), attempts_max=3),
    protection=ProtectionConfig(
        trigger_by="mark",
        naked_seconds_max=D(5),
        emergency_stop=D("0.01"),
        breakeven_after_tp1=True,
        tighten_on_volatility=False,
        tighten_min=D("0.0005"),
        follow_decision="own",
        liquidation_buffer=D("0.005"),
        on_flat="hold",
        on_opposite="hold",
    ),
    targets=TargetsConfig(tp1_fraction=D("0.5"), tp1_r=D("1.5"), tp2_r=D("3.0")),
    risk=RiskConfig(
        margin_mode="isolated",
        leverage_max=5,
        risk_per_trade_max=D("0.02"),
        daily_drawdown_max=D("0.02"),
        weekly_drawdown_max=D("0.05"),
        trades_per_day_max=3,
        equity_min_usdt=D(50),
        notional_max_usdt=D(0),
        foreign_orders="cancel",
    ),
)

INSTRUMENT = Instrument(
    symbol="BTCUSDT",
    tick_size=D("0.1"),
    step_size=D("0.001"),
    min_qty=D("0.001"),
    max_qty=D(1000),
    market_max_qty=D(120),
    min_notional=D(50),
    price_band_up=D("0.05"),
    price_band_down=D("0.05"),
    maker_fee=D("0.0002"),
    taker_fee=D("0.0005"),
    maintenance_margin=D("0.004"),
)

MARKET = Market(
    bid=D("90799.9"),
    ask=D("90800.0"),
    bid_qty=D(5),
    ask_qty=D(5),
    mark=D("90800.0"),
    last=D("90800.0"),
    volatility=D("0.001"),
)

ACCOUNT = Account(
    now_ms=NOW,
    equity=D(10000),
    wallet=D(10000),
    available=D(9900),
    position_mode="one_way",
    multi_assets=False,
    margin_mode="isolated",
    leverage=3,
    position=Position(qty=D(0)),
    market=MARKET,
    instrument=INSTRUMENT,
    day_start_equity=D(10000),
    day_trades=0,
    week_start_equity=D(10000),
)

LONG = Decision(
    decision_id=ID,
    timestamp_ms=MADE,
    symbol="BTCUSDT",
    proposal=Proposal(
        direction="long",
        zone_min=D(90700),
        zone_max=D(90900),
        sl=D(89800),
        tp1=D(92200),
        tp2=D(93500),
        position_size_usdt=D(1000),
        leverage=D(3),
    ),
    confidence=D("0.76"),
)
SHORT = replace(
    LONG,
    proposal=Proposal(
        direction="short",
        zone_min=D(90700),
        zone_max=D(90900),
        sl=D(91800),
        tp1=D(89400),
        tp2=D(88100),
        position_size_usdt=D(1000),
        leverage=D(3),
    ),
)
FLAT = replace(LONG, proposal=None)


def market(**changes: Any) -> Market:
    """The example market with changes; a price moves bid, ask, mark and last together."""
    price = changes.pop("price", None)
    if price is not None:
        price = D(str(price))
        changes = {"bid": price - D("0.1"), "ask": price, "mark": price, "last": price} | changes
    return replace(MARKET, **changes)


def account(**changes: Any) -> Account:
    """The example account with changes; `position` may be a signed quantity."""
    position = changes.get("position")
    if position is not None and not isinstance(position, Position):
        entry = D("90800.0")
        changes["position"] = Position(qty=D(str(position)), entry_price=entry, since_ms=NOW - 60_000)
    return replace(ACCOUNT, **changes)


def config(section: str = "", **changes: Any) -> Config:
    """The default configuration with changes in one section (or at the top)."""
    if not section:
        return replace(CONFIG, **changes)
    return replace(CONFIG, **{section: replace(getattr(CONFIG, section), **changes)})


def decision(base: Decision = LONG, **changes: Any) -> Decision:
    """A decision with changes, those of its proposal included."""
    own = {name: changes.pop(name) for name in list(changes) if name in Proposal.__dataclass_fields__}
    if own and base.proposal is not None:
        changes["proposal"] = replace(base.proposal, **own)
    return replace(base, **changes)


def order(client_order_id: str, **changes: Any) -> Order:
    """An order with what its role usually has."""
    role = client_order_id.split("_")[1] if client_order_id.startswith("capi_") else "foreign"
    base: dict[str, Any] = {
        "kind": "algo" if role == "sl" else "plain",
        "side": "BUY" if role == "entry" else "SELL",
        "type": {"sl": "STOP_MARKET", "exit": "MARKET"}.get(role, "LIMIT"),
        "status": "NEW",
        "quantity": D(0) if role == "sl" else D("0.011"),
        "reduce_only": role in ("tp1", "tp2", "exit"),
        "close_position": role == "sl",
        "created_at_ms": NOW - 5000,
        "updated_at_ms": NOW - 5000,
    }
    if role == "entry":
        base["price"] = D("90800.0")
    if role == "sl":
        base["trigger_price"] = D("89800.0")
    if role in ("tp1", "tp2"):
        base["price"] = D("92200.0") if role == "tp1" else D("93500.0")
        base["quantity"] = D("0.005") if role == "tp1" else D("0.006")
    return Order(client_order_id=client_order_id, **(base | changes))


def intent(client_order_id: str = f"capi_entry_{ID}", **changes: Any) -> Intent:
    """The example decision's intent."""
    base: dict[str, Any] = {
        "decision_id": ID,
        "side": "BUY",
        "quantity": D("0.011"),
        "sl": D("89800.0"),
        "tp1": D("92200.0"),
        "tp2": D("93500.0"),
    }
    return Intent(client_order_id=client_order_id, **(base | changes))


def trade(**changes: Any) -> Trade:
    """The example decision's open trade."""
    base: dict[str, Any] = {
        "decision_id": ID,
        "side": "long",
        "qty": D("0.011"),
        "entered": D("0.011"),
        "entry_price": D("90800.0"),
        "sl": D("89800.0"),
        "tp1": D("92200.0"),
        "tp2": D("93500.0"),
        "tp1_filled": False,
        "opened_at_ms": NOW - 60_000,
    }
    return Trade(**(base | changes))


def view(
    base: Decision | Unusable = LONG, seen: Account = ACCOUNT, orders: tuple[Order, ...] = (), by: Config = CONFIG
) -> View:
    """The view of one planning, by default of the example world with nothing in it."""
    return View(base, seen, orders, by)


def held(*orders: Order, **changes: Any) -> tuple[Account, tuple[Order, ...]]:
    """The example's long, guarded, with its targets: account and orders; `orders` replace those with their ids."""
    base = [
        order(f"capi_entry_{ID}", status="FILLED", filled_qty=D("0.011"), created_at_ms=NOW - 60_000),
        order(f"capi_sl_{ID}"),
        order(f"capi_tp1_{ID}"),
        order(f"capi_tp2_{ID}"),
    ]
    named = {one.client_order_id: one for one in (*base, *orders)}
    seen: dict[str, Any] = {"position": "0.011", "trade": trade(), "day_trades": 1}
    return account(**(seen | changes)), tuple(named.values())
