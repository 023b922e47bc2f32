"""Account, position and flows: what the exchange's fields say, in our types. Source: facts, sections 2.2 to 2.5."""

from decimal import Decimal

from capi.adapters.binance.rows import Row, rows
from capi.adapters.binance.wire_orders import MARGIN_MODES, SIDES
from capi.adapters.fields import FRACTION, NOT_NEGATIVE, POSITIVE, InputError
from capi.core.account import MarginMode, Position, PositionMode
from capi.core.decision import Side
from capi.core.units import ZERO
from capi.core.value import record

ONE_WAY: str = "BOTH"


@record
class Balance:
    """The account's money in USDT; `equity` holds the unrealised profit."""

    wallet: Decimal
    equity: Decimal
    available: Decimal


@record
class SymbolConfig:
    """What is set for the symbol."""

    leverage: int
    margin_mode: MarginMode


@record
class AccountConfig:
    """What is set for the whole account."""

    position_mode: PositionMode
    multi_assets: bool
    can_trade: bool | None = None  # whether the key may; None: not told


@record
class Execution:
    """One trade of the account, still under the exchange's order number. `fee` in `fee_asset`; > 0 paid."""

    trade_id: int
    order_id: int
    side: Side
    price: Decimal
    qty: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    at_ms: int
    realised: Decimal = ZERO  # profit booked with it, in USDT

    @property
    def signed_qty(self) -> Decimal:
        """Return what it added to the position."""
        return self.qty if self.side == "BUY" else -self.qty


@record
class Income:
    """A funding payment as booked: positive received."""

    amount: Decimal
    asset: str
    at_ms: int


@record
class Booked:
    """A row of the account's incomes. `number` is unique within its `kind`; `symbol` is empty for money moved."""

    kind: str
    number: int
    symbol: str
    asset: str
    amount: Decimal
    at_ms: int


@record
class Bracket:
    """From `floor` to `cap` of notional (USDT) this maintenance margin holds, as a fraction.

    `leverage_max`: the highest leverage for it; None: not told.
    """

    floor: Decimal
    cap: Decimal
    maintenance_margin: Decimal
    leverage_max: int | None = None


def read_position(value: object, symbol: str) -> Position:
    """Return the position; no element is flat (v3 lists nothing then). InputError also for a hedge mode's position.

    Its quantity alone is indispensable: a position whose entry price is not told yet has to be guarded all the same.
    """
    found: Position | None = None
    for row in rows(value, "positionRisk"):
        if row.text("symbol") != symbol:
            continue
        qty = row.number("positionAmt")
        if row.text("positionSide") != ONE_WAY:
            if qty:
                raise InputError(f"positionRisk: a position of hedge mode stands in {symbol}; set one-way mode")
            continue
        if found is not None:
            raise InputError(f"positionRisk: {symbol} stands in it twice")
        found = Position(
            qty=qty,
            entry_price=row.optional_number("entryPrice") if qty else None,
            liquidation_price=row.optional_number("liquidationPrice") if qty else None,
        )
    return Position(qty=ZERO) if found is None else found


def read_balance(value: object) -> Balance:
    """Return the money of GET /v3/account: in single-asset mode its totals are USDT."""
    row = Row(value, "account")
    return Balance(
        wallet=row.number("totalWalletBalance"),
        equity=row.number("totalMarginBalance"),
        available=row.number("availableBalance"),
    )


def read_symbol_config(value: object, symbol: str) -> SymbolConfig:
    """Return leverage and margin mode, which v3 of positionRisk does not tell."""
    for row in rows(value, "symbolConfig"):
        if row.text("symbol") == symbol:
            return SymbolConfig(row.whole("leverage", POSITIVE), row.choice("marginType", MARGIN_MODES))
    raise InputError(f"symbolConfig: {symbol} is missing")


def read_account_config(value: object) -> AccountConfig:
    """Return position mode and asset mode."""
    row = Row(value, "accountConfig")
    mode: PositionMode = "hedge" if row.flag("dualSidePosition") else "one_way"
    can_trade = row.flag("canTrade") if row.has("canTrade") else None
    return AccountConfig(mode, row.flag("multiAssetsMargin"), can_trade)


def read_alias(value: object) -> str | None:
    """Return the exchange's name for the account, as its balances tell it; None when they do not."""
    known = [row.text("accountAlias") for row in rows(value, "balance") if row.has("accountAlias")]
    return known[0] if known else None


def read_executions(value: object) -> list[Execution]:
    """Return the account's trades in the symbol, oldest first."""
    executions = [
        Execution(
            trade_id=row.whole("id"),
            order_id=row.whole("orderId"),
            side=row.choice("side", SIDES),
            price=row.number("price", POSITIVE),
            qty=row.number("qty", POSITIVE),
            fee=row.number("commission"),
            fee_asset=row.text("commissionAsset"),
            maker=row.flag("maker"),
            at_ms=row.whole("time", POSITIVE),
            realised=row.number("realizedPnl") if row.has("realizedPnl") else ZERO,
        )
        for row in rows(value, "userTrades")
    ]
    return sorted(executions, key=lambda execution: execution.trade_id)


def read_incomes(value: object) -> list[Income]:
    """Return funding payments, oldest first."""
    incomes = [
        Income(row.number("income"), row.text("asset"), row.whole("time", POSITIVE)) for row in rows(value, "income")
    ]
    return sorted(incomes, key=lambda income: income.at_ms)


def read_booked(value: object) -> list[Booked]:
    """Return incomes of every kind, as they are listed."""
    return [
        Booked(
            kind=row.text("incomeType"),
            number=row.whole("tranId"),
            symbol=row.optional_text("symbol"),
            asset=row.text("asset"),
            amount=row.number("income"),
            at_ms=row.whole("time", POSITIVE),
        )
        for row in rows(value, "income")
    ]


def read_fees(value: object) -> tuple[Decimal, Decimal]:
    """Return maker and taker fee as fractions; a maker may be paid."""
    row = Row(value, "commissionRate")
    return row.number("makerCommissionRate"), row.number("takerCommissionRate", NOT_NEGATIVE)


def read_brackets(value: object, symbol: str) -> list[Bracket]:
    """Return the notional brackets, smallest first; the answer is one object or a list of them."""
    for row in rows(value if isinstance(value, list) else [value], "leverageBracket"):
        if row.text("symbol") == symbol:
            brackets = [
                Bracket(
                    floor=bracket.number("notionalFloor", NOT_NEGATIVE),
                    cap=bracket.number("notionalCap", POSITIVE),
                    maintenance_margin=bracket.number("maintMarginRatio", FRACTION),
                    leverage_max=bracket.optional_whole("initialLeverage"),
                )
                for bracket in row.rows("brackets")
            ]
            if brackets:
                return sorted(brackets, key=lambda bracket: bracket.floor)
    raise InputError(f"leverageBracket: {symbol} is missing")
