"""Whether what a scenario asks for held: judged by the exchange's own books, the journal and the passes.

Nothing here asks the rules that decide: a wrong rule and its check cannot agree.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from capi.cli.scenario.patterns import Pattern, counted
from capi.cli.scenario.seen import Seen
from capi.core.actions import Refuse
from capi.core.ids import parse_order_id
from capi.core.units import ZERO, text


class Verdict(NamedTuple):
    """Whether it held, and what was found."""

    held: bool
    found: str


# the exchange's books


def position(seen: Seen, wants: Decimal) -> Verdict:
    """The position is so large; signed."""
    qty = seen.exchange.account.qty
    return Verdict(qty == wants, f"the position is {text(qty)}")


def position_max(seen: Seen, wants: Decimal) -> Verdict:
    """The position was never larger than this."""
    return Verdict(seen.qty_max <= wants, f"the largest position was {text(seen.qty_max)}")


def stop_at(seen: Seen, wants: Decimal) -> Verdict:
    """The tightest stop of ours that covers the whole position is at this level."""
    covering = [stop.trigger_price for stop in seen.covering()]
    levels = sorted(level for level in covering if level is not None)
    if not levels:
        return Verdict(held=False, found="no stop of ours covers the position")
    tightest = levels[-1] if seen.exchange.account.qty > 0 else levels[0]
    return Verdict(tightest == wants, f"the tightest stop that covers it is at {text(tightest)}")


def stop_count(seen: Seen, wants: int) -> Verdict:
    """So many stops of ours rest."""
    ids = [stop.client_order_id for stop in seen.stops()]
    return Verdict(len(ids) == wants, f"{len(ids)} stops of ours rest ({', '.join(ids) or 'none'})")


def own_left(seen: Seen, wants: int) -> Verdict:
    """So many orders of ours are open."""
    ids = [order.client_order_id for order in seen.own()]
    return Verdict(len(ids) == wants, f"{len(ids)} orders of ours are open ({', '.join(ids) or 'none'})")


def foreign_left(seen: Seen, wants: int) -> Verdict:
    """So many foreign orders are open."""
    ids = [order.client_order_id for order in seen.foreign()]
    return Verdict(len(ids) == wants, f"{len(ids)} foreign orders are open ({', '.join(ids) or 'none'})")


def resting(seen: Seen, wants: Pattern) -> Verdict:
    """Orders of ours like this rest."""
    rows = [(seen.now_ms, seen.fields_of(order)) for order in seen.own()]
    return _count(wants, rows, "order rests", "orders rest", seen)


def naked(seen: Seen, wants: Decimal) -> Verdict:
    """The position never stood without stops of ours for longer than this, in seconds."""
    longest = Decimal(seen.naked_ms_max) / 1000
    return Verdict(longest <= wants, f"it stood without a stop for {text(longest)} s at most")


# requests and journal


def sent(seen: Seen, wants: Pattern) -> Verdict:
    """Orders like this were sent."""
    rows = [row for row in seen.named("sent") if row[1]["action"] == "place_order"]
    return _count(wants, rows, "such order was sent", "such orders were sent", seen)


def cancelled(seen: Seen, wants: Pattern) -> Verdict:
    """Cancels like this were sent."""
    rows = [(at, _with_role(event, seen)) for at, event in seen.named("sent") if event["action"] == "cancel_order"]
    return _count(wants, rows, "such cancel was sent", "such cancels were sent", seen)


def event(seen: Seen, wants: Pattern) -> Verdict:
    """Events like this are in the journal."""
    rows = seen.named(str(wants.fields.get("event", "")))
    return _count(wants, rows, "such event is journalled", "such events are journalled", seen)


def _with_role(event: Mapping[str, Any], seen: Seen) -> Mapping[str, Any]:
    owner = parse_order_id(seen.config.id_prefix, event["client_order_id"])
    return {**event, "role": None if owner is None else owner.role}


def every(seen: Seen, wants: Pattern) -> Verdict:
    """All orders of a role that were sent are like this, and there is one."""
    role = {"role": wants.fields["role"]} if "role" in wants.fields else {}
    of_role = Pattern(role, wants.low, wants.high, wants.from_ms, wants.until_ms)
    rows = [row for row in seen.named("sent") if row[1]["action"] == "place_order"]
    all_of_it, fit = counted(of_role, rows, seen.start_ms), counted(wants, rows, seen.start_ms)
    return Verdict(all_of_it == fit > 0, f"{fit} of {all_of_it} are so")


def _count(wants: Pattern, rows: list[tuple[int, Mapping[str, Any]]], one: str, many: str, seen: Seen) -> Verdict:
    number = counted(wants, rows, seen.start_ms)
    return Verdict(wants.low <= number <= wants.high, f"{number} {one if number == 1 else many}")


def told(seen: Seen, wants: Pattern) -> Verdict:
    """Alerts like this were told."""
    return _count(wants, seen.named("alert"), "such alert was told", "such alerts were told", seen)


def not_told(seen: Seen, wants: str) -> Verdict:
    """No alert with this code was told."""
    times = [at for at, event in seen.named("alert") if event["code"] == wants]
    return Verdict(not times, f"{wants} was told {len(times)} times")


def quiet_from(seen: Seen, wants: int) -> Verdict:
    """No request went out from this time on, but for the dead-man switch."""
    late = [event for at, event in seen.named("sent") if at >= seen.start_ms + wants]
    sent = [event["action"] for event in late if event["action"] != "arm_dead_man"]
    return Verdict(not sent, f"{len(sent)} requests went out after that")


# trades and state


def trades(seen: Seen, wants: int) -> Verdict:
    """So many trades were closed."""
    closed = len(seen.named("trade_closed"))
    return Verdict(closed == wants, f"{closed} trades were closed")


def closed(seen: Seen, wants: Pattern) -> Verdict:
    """Trades like this were closed."""
    found = [f"{event['exit_reason']} {text(event['qty'])}" for _, event in seen.named("trade_closed")]
    number = counted(wants, seen.named("trade_closed"), seen.start_ms)
    return Verdict(wants.low <= number <= wants.high, f"closed: {', '.join(found) or 'none'}")


def trade_open(seen: Seen, wants: bool) -> Verdict:
    """A trade is open, or none is."""
    is_open = seen.ledger.trades.open is not None
    return Verdict(is_open == wants, f"a trade is {'open' if is_open else 'not open'}")


def safe_mode(seen: Seen, wants: bool) -> Verdict:
    """Safe mode holds, or does not."""
    why = seen.ledger.safe_mode
    return Verdict((why is not None) == wants, "no safe mode" if why is None else f"safe mode: {why}")


def guard(seen: Seen, wants: str) -> Verdict:
    """The guard that the last pass saw."""
    guard = seen.reports[-1].guard
    return Verdict(guard == wants, f"the guard is {guard}")


def ledger_agrees(seen: Seen, wants: bool) -> Verdict:
    """The ledger's position and trade are the exchange's."""
    known, qty = seen.ledger.position_qty or ZERO, seen.exchange.account.qty
    trade = seen.ledger.trades.open
    agrees = known == qty and (trade is None) == (qty == 0) and (trade is None or trade.trade.qty == abs(qty))
    return Verdict(agrees == wants, f"the ledger has {text(known)}, the exchange {text(qty)}")


def refused(seen: Seen, wants: Pattern) -> Verdict:
    """Gates like this refused an entry."""
    return _count(wants, _refusals(seen), "such refusal was made", "such refusals were made", seen)


def not_refused(seen: Seen, wants: str) -> Verdict:
    """This gate refused no entry."""
    number = sum(row["gate"] == wants for _, row in _refusals(seen))
    return Verdict(number == 0, f"{wants} was refused in {number} passes")


def _refusals(seen: Seen) -> list[tuple[int, Mapping[str, Any]]]:
    return [
        (report.at_ms, {"gate": outcome.action.rule})
        for report in seen.reports
        for outcome in report.outcomes
        if isinstance(outcome.action, Refuse)
    ]
