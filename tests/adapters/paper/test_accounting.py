"""Identities that hold whatever happens: money is neither made nor lost, and reduce-only reduces."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from capi.adapters.paper.config import PaperConfig
from capi.core.decision import Side
from capi.core.orders import OPEN
from capi.ports.exchange import Request
from tests.adapters.paper.world import D, World, cancel, leverage, limit, margin_mode, market, stop

SIDES: st.SearchStrategy[Side] = st.sampled_from(["BUY", "SELL"])
QUANTITIES = st.integers(1, 3000).map(lambda n: str(Decimal(n).scaleb(-3)))
LEVELS = st.integers(950_000, 1_050_000).map(lambda n: str(Decimal(n).scaleb(-1)))
IDS = st.sampled_from(["a", "b", "c", "d"])

REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(lambda i, s, q, r: market(i, s, q, reduce_only=r), IDS, SIDES, QUANTITIES, st.booleans()),
    st.builds(lambda i, s, q, p, r: limit(i, s, q, p, reduce_only=r), IDS, SIDES, QUANTITIES, LEVELS, st.booleans()),
    st.builds(lambda i, s, t: stop(i, s, t), IDS, SIDES, LEVELS),
    st.builds(lambda i, s, t, q, r: stop(i, s, t, q, reduce_only=r), IDS, SIDES, LEVELS, QUANTITIES, st.booleans()),
    st.builds(cancel, IDS, st.sampled_from(["plain", "algo"])),
    st.builds(leverage, st.integers(1, 50)),
    st.builds(margin_mode, st.sampled_from(["isolated", "cross"])),
)
QUOTES = st.tuples(
    st.integers(940_000, 1_060_000), st.integers(0, 20), st.integers(0, 4000), st.sampled_from([1, 50, 5_000_000])
)
Event = Request | tuple[int, int, int, int]
EVENTS: st.SearchStrategy[list[Event]] = st.lists(st.one_of(REQUESTS, QUOTES), max_size=40)


def play(event: Event, world: World) -> None:
    """Let one event happen."""
    if isinstance(event, tuple):
        bid, spread, quantity, after_ms = event
        prices = (str(Decimal(bid).scaleb(-1)), str(Decimal(bid + spread).scaleb(-1)))
        world.quote(*prices, None if quantity == 0 else str(Decimal(quantity).scaleb(-3)), after_ms=after_ms)
    else:
        world.act(event)


def check(world: World) -> None:
    """Assert every identity."""
    account, look = world.exchange.account, world.look()
    signed = [fill.qty if fill.side == "BUY" else -fill.qty for fill in look.fills]
    assert account.wallet == 100_000 + account.realised - account.fees + account.funding
    assert look.position.qty == sum(signed)
    assert look.position.entry_price == account.entry_price
    assert look.position.liquidation_price == account.liquidation_price(look.instrument.maintenance_margin)
    assert account.fees == sum(fill.fee_usdt or 0 for fill in look.fills)
    assert account.funding == sum(funding.amount_usdt for funding in look.fundings)
    if look.position.qty == 0:
        paid = sum(qty * fill.price for qty, fill in zip(signed, look.fills, strict=True))
        assert account.realised == -paid
        assert (account.cost, account.isolated, account.entry_price) == (D(0), D(0), None)
    for side in ("BUY", "SELL"):
        arrived = [o for o in look.orders if o.created_at_ms is not None and o.created_at_ms <= look.now_ms]
        reducing = [o for o in arrived if o.kind == "plain" and o.side == side and o.reduce_only]
        reducible = abs(look.position.qty) if (look.position.qty > 0) == (side == "SELL") else D(0)
        assert sum(order.remaining_qty for order in reducing) <= reducible
    for order in look.orders:
        assert order.status in OPEN
        assert 0 <= order.filled_qty <= order.quantity
        if order.close_position:
            assert look.position.qty * (1 if order.side == "SELL" else -1) > 0


@settings(deadline=None)
@given(EVENTS, st.sampled_from([0, 20]))
def test_wallet_position_and_orders_always_agree_with_the_fills(events: list[Event], delay_ms: int) -> None:
    world = World(PaperConfig(delay_ms=delay_ms))
    for event in events:
        play(event, world)
        check(world)


@settings(deadline=None)
@given(EVENTS, QUOTES)
def test_a_quote_inside_the_band_and_before_what_is_due_changes_no_order_and_no_position(
    events: list[Event], quote: tuple[int, int, int, int]
) -> None:
    world = World()
    for event in events:
        play(event, world)
    before, band, due_ms = world.look(), world.exchange.band, world.exchange.due_ms
    play(quote, world)
    after = world.look()
    ask, bid, mark = (price or D(0) for price in (after.market.ask, after.market.bid, after.market.mark))
    quiet = band.ask_low < ask and bid < band.bid_high and band.mark_low < mark < band.mark_high
    if quiet and after.now_ms < due_ms:
        assert (after.orders, after.fills, after.position) == (before.orders, before.fills, before.position)
