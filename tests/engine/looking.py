"""What a test looks at after a pass, and faults that more than one test needs."""

from capi.adapters.paper.faults import Fault
from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown, Rejected
from capi.core.orders import Order
from capi.engine.report import PassReport
from capi.ports.exchange import Request
from tests.engine.stage import Stage
from tests.worlds import ID

ENTRY = f"capi_entry_{ID}"
STOP = f"capi_sl_{ID}"


def open_plain(stage: Stage) -> list[Order]:
    """Return the plain orders that rest on the exchange."""
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    return [order for order in seen.orders if order.kind == "plain"]


def open_stops(stage: Stage) -> list[Order]:
    """Return the conditional orders that rest on the exchange."""
    seen = stage.exchange.look(asked=(), fills_after=0, fundings_after=0).unwrap()
    return [order for order in seen.orders if order.kind == "algo"]


def results(report: PassReport, role: str) -> list[str]:
    """Return what came of a pass's orders of one role."""
    return [o.result for o in report.outcomes if isinstance(o.action, PlaceOrder) and o.action.role == role]


class LoseStops:
    """Faults: no stop is taken until a time; without an answer when none is given."""

    def __init__(self, stage: Stage, until_ms: int, answer: Fault | None = None) -> None:
        self.stage, self.until_ms = stage, until_ms
        self.answer = answer or Fault(OutcomeUnknown("lost"))

    def on_request(self, request: Request) -> Fault | None:
        """Lose stops."""
        if isinstance(request, PlaceOrder) and request.role == "sl" and self.stage.exchange.now_ms() <= self.until_ms:
            return self.answer
        return None

    def position_lag(self) -> int:
        """Nothing is late."""
        return 0


class AnswerDuplicate:
    """Faults: entries are taken, and answered as if their id was in use already."""

    def on_request(self, request: Request) -> Fault | None:
        """Answer -4116."""
        if isinstance(request, PlaceOrder) and request.role == "entry":
            return Fault(Rejected(-4116, "ClientOrderId is duplicated."), executed=True)
        return None

    def position_lag(self) -> int:
        """Nothing is late."""
        return 0
