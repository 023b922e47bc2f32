"""A real engine in a process of its own: paper exchange, durable journal, status, lock, projection into DuckDB.

It lives in the room that it is given. Each line on stdin is a price: one pass is run there, and its orders that are
open then are told on stdout. The end of stdin ends it in order.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from capi.adapters.duckdb.rebuild import ensure_projected
from capi.adapters.duckdb.thread import ProjectionThread
from capi.adapters.instance_lock import instance_lock
from capi.core.orders import OPEN
from tests.reading.stage import ShownStage


def main(room: Path) -> None:
    """Run until stdin ends."""
    with instance_lock(room):
        projection = ProjectionThread(room, interval_seconds=0.5)
        stage = ShownStage(room, projection=lambda: asdict(projection.state))
        ensure_projected(room)
        projection.start()
        for line in sys.stdin:
            report = stage.run(price=line.strip())
            orders = [record.order for record in stage.ledger.orders.by_key.values()]
            told = {
                "state": report.state,
                "open": sorted(order.client_order_id for order in orders if order.status in OPEN),
                "all": len(orders),
            }
            print(json.dumps(told), flush=True)  # noqa: T201 (it is how the test hears of it)
        stage.engine.end("interrupted")
        projection.close()
        stage.board.ended("interrupted", stage.exchange.now_ms())


main(Path(sys.argv[1]))
