"""All checks, in the order in which they are made: what a later one needs, an earlier one has learned."""

from collections.abc import Iterator
from functools import partial

from capi.cli.doctor import access, decision, machine, market, paths, streams, telegram
from capi.cli.doctor.examine import Check
from capi.cli.doctor.visit import Visit


def checks_of(visit: Visit, *, send_test: bool) -> Iterator[Check]:
    """Yield the checks of one visit."""
    for name, check in {
        "keys": access.keys,
        "engine": machine.engine,
        "disk": machine.disk,
        "logs": machine.logs,
        "journal": machine.journal,
        "database": machine.database,
        "environment": access.environment,
        "exchange": access.reachable,
        "clock": access.clock,
        "key": access.key,
        "rights": access.rights,
        "account": access.account,
        "position_mode": access.position_mode,
        "asset_mode": access.asset_mode,
        "locks": access.locks,
        "open_orders": market.open_things,
        "symbol": market.symbol,
        "decision_file": decision.decision_file,
        "balance": market.account_money,
        "planned_size": market.planned_size,
        "leverage": market.leverage,
        "margin_mode": market.margin_mode,
        "order_path": paths.order_path,
        "stop_path": paths.stop_path,
        "book_stream": streams.book_stream,
        "mark_stream": streams.mark_stream,
        "user_stream": streams.user_stream,
        "rate_budget": access.budget,
    }.items():
        yield Check(name, partial(check, visit))
    yield Check("telegram", partial(telegram.telegram, visit, send_test=send_test))
