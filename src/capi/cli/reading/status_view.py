"""A status for people: what the engine does, what it holds, what guards it, and what it does not do, and why."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from capi.cli.reading.ages import ago

_WORDS: Final = {
    "running": "running",
    "stalled": (
        "STALLED: the process is there, but shows no passes: it hangs, or its disk is full; see logs/engine.log and "
        "capi doctor, then start it anew"
    ),
    "stopped": "not running",
    "unknown": "running, but it has shown nothing yet",
}
Rows = Iterator[tuple[str, str]]


def rows_of(document: dict[str, Any]) -> Rows:
    """Yield what a status says, a line each. `document`: as `capi status --json` prints it."""
    yield "engine", _engine(document)
    yield "last pass", _last_pass(document)
    if document["last_pass"].get("failure"):
        yield "", str(document["last_pass"]["failure"])
    if document["safe_mode"]:
        yield "SAFE MODE", f"{document['safe_mode']}; no entries until capi resume"
    if document.get("flatten"):
        yield "flatten", f"under way: {document['flatten']}"
    if document["paused"]:
        yield "paused", "no entries until capi resume"
    yield "decision", _decision(document["decision"])
    yield "state", f"{_shown(document['state'])}, guard {_shown(document['guard'])}"
    if document.get("naked_since"):
        yield "NAKED", f"since {document['naked_since']}"
    yield "position", _position(document["position"], document["trade"])
    yield from _resting(document)
    yield "account", _account(document)
    for one in document["refusals"]:
        yield "not entered", f"{_shown(one.get('rule'))}: {_shown(one.get('reason'))}"
    for one in document["alerts"]:
        times = f" ({one['times']} times)" if isinstance(one.get("times"), int) and one["times"] > 1 else ""
        told = f"[{_shown(one.get('level'))}] [{_shown(one.get('code'))}] {_shown(one.get('reason'))}"
        yield "alert", f"{_shown(one.get('at'))} {told}{times}"
    yield from _parts(document)


def _engine(document: dict[str, Any]) -> str:
    who = f"{document['environment']} {_shown(document['symbol'])}"
    if document["is_replay"]:
        return f"replay of {_shown(document['symbol'])}: {document.get('ended') or 'it did not end in order'}"
    words = _WORDS[document["engine"]]
    if document["engine"] == "running":
        words = f"running (pid {_shown(document.get('pid'))}, since {_shown(document.get('started_at'))})"
    elif document["engine"] == "stopped":
        words += f": {_ended(document)}"
    return f"{who}, {words}"


def _ended(document: dict[str, Any]) -> str:
    if document.get("ended"):
        return str(document["ended"])
    if document["last_pass"].get("at") is None:
        return "no pass was recorded yet"
    return "it did not end in order (a crash, or it was killed)"


def _last_pass(document: dict[str, Any]) -> str:
    last, age = document["last_pass"], document["age_seconds"]
    when = _shown(last.get("at")) if age is None else f"{_shown(last.get('at'))}, {ago(age)}"
    number = f", number {last['number']}" if last.get("number") is not None else ""
    seconds = f", took {last['seconds']} s" if last.get("seconds") is not None else ""
    whole = (
        "" if last.get("complete") in (True, None) else f", incomplete: {'; '.join(map(str, last.get('gaps') or ()))}"
    )
    return when + number + seconds + whole


def _decision(decision: dict[str, Any]) -> str:
    if decision.get("usable") is None and decision.get("decision_id") is None:
        return "-"
    name = _shown(decision.get("decision_id"))
    if decision.get("action") is not None:
        name = f"{name} {decision['action']}"
    age = _number(decision.get("age_seconds"))
    if age is not None:
        name += f", {ago(float(age)).removesuffix(' ago')} old at the last pass"
    return f"{name}: {decision['why_not']}" if decision.get("why_not") else name


def _position(position: dict[str, Any], trade: dict[str, Any] | None) -> str:
    qty = _number(position.get("qty"))
    if qty is None:
        return "unknown: it could not be read"
    if qty == 0:
        return "flat"
    entry = position.get("entry_price") or (trade or {}).get("entry_price")
    words = f"{'long' if qty > 0 else 'short'} {abs(qty):f} at {_shown(entry)}, mark {_shown(position.get('mark'))}"
    pnl = _number(position.get("unrealised_pnl"))
    if pnl is not None:
        words += f", unrealised {pnl:+,.2f} USDT"
    since = position.get("since") or (trade or {}).get("opened_at")
    return words if since is None else f"{words}, since {since}"


def _resting(document: dict[str, Any]) -> Rows:
    """Yield what rests; nothing is said of it where it is not known (the journal's end does not tell)."""
    trade = document["trade"]
    if "stops" not in document:
        if trade is not None:
            yield (
                "wanted",
                f"stop {_shown(trade.get('sl'))}, targets {_shown(trade.get('tp1'))}, {_shown(trade.get('tp2'))}",
            )
        return
    for stop in document["stops"]:
        size = "the whole position" if stop.get("quantity") is None else stop["quantity"]
        yield "stop", f"{_shown(stop.get('level'))}{_away(stop)}, closes {size}"
    for limit in document["targets"]:
        yield _shown(limit.get("role")), f"{_shown(limit.get('price'))}{_away(limit)}, {_filled(limit)}"
    for limit in document["entries"]:
        yield "entry", f"{_shown(limit.get('side'))} at {_shown(limit.get('price'))}{_away(limit)}, {_filled(limit)}"
    orders = document["orders"]
    words = f"{_shown(orders.get('open'))} open"
    for name, said in (("unknown", "of unknown fate"), ("foreign", "not ours")):
        words += f", {orders[name]} {said}" if orders.get(name) else ""
    yield "orders", words


def _filled(limit: dict[str, Any]) -> str:
    return f"{_shown(limit.get('filled_qty'))} of {_shown(limit.get('quantity'))} filled"


def _away(order: dict[str, Any]) -> str:
    bps = _number(order.get("distance_bps"))
    return "" if bps is None else f" ({bps / 100:.2f}% away)"


def _account(document: dict[str, Any]) -> str:
    account, day = document["account"], document.get("day", {})
    words = f"equity {_money(account.get('equity'))}"
    if account.get("available") is not None:
        words += f", available {_money(account['available'])}"
    words += " USDT"
    if day.get("start_equity") is not None:
        words += f"; the day began with {_money(day['start_equity'])}{_change(day)}"
    return words if day.get("trades") is None else f"{words}, trades today {day['trades']}"


def _change(day: dict[str, Any]) -> str:
    lost = _number(day.get("drawdown_percent"))
    if lost is None:
        return ""
    return f", down {lost}% since" if lost > 0 else f", up {abs(lost)}% since"


def _parts(document: dict[str, Any]) -> Rows:
    projection = document.get("projection")
    if isinstance(projection, dict):
        error, behind = projection.get("error"), projection.get("behind_bytes")
        late = f", {behind} bytes of the journal behind" if behind else ""
        yield "database", f"{error}" if error else f"up to event {_shown(projection.get('seq'))}{late}"
    streams = document.get("streams")
    if isinstance(streams, dict):
        yield "streams", ", ".join(f"{name} {_line(state)}" for name, state in streams.items())


def _line(state: object) -> str:
    """What one stream does, in words. The exchange's REST answers stand in for one that is down."""
    if not isinstance(state, dict):
        return _shown(state)
    if state.get("up"):
        return "up"
    why = f" ({state['why']})" if state.get("why") else ""
    return f"down for {_shown(state.get('down_seconds'))} s{why}"


def _money(value: object) -> str:
    amount = _number(value)
    return "-" if amount is None else f"{amount:,.2f}"


def _number(value: object) -> Decimal | None:
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def _shown(value: object) -> str:
    return "-" if value is None else str(value)
