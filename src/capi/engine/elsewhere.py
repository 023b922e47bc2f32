"""Whether another engine trades here too: it shows by orders under our ids that are not ours.

Ours is what this process sent, or tried to, and whatever the journal says was sent. An order that the exchange created
while this run lasted, that bears our prefix and is none of these, was sent by somebody else. What came before the run
(an earlier process, a ledger that was lost) says nothing, nor does what an earlier process left on its way.
"""

from typing import Final

from capi.core.actions import Alert, CancelOrder, EnterSafeMode
from capi.core.ids import parse_order_id
from capi.core.orders import Order, OrderKey
from capi.engine.ledger import Ledger
from capi.engine.notices import FOLD_MS, RULE, Notices
from capi.ports.exchange import Look, Request

ON_ITS_WAY_MS: Final = 1000
"""Added to recvWindow: a request of an earlier process may still be carried out (facts, section 1.4)."""
CLOCK_MS: Final = 5000
"""By how much an order of ours may seem older than our own sending of it."""
KEPT: Final = 1000
"""Orders of another engine that are remembered."""


class Elsewhere:
    """Sees each look. `began_ms`: since when this run counts; None before it begins."""

    def __init__(self, notices: Notices, ledger: Ledger, id_prefix: str, recv_window_ms: int) -> None:
        self._notices: Final = notices
        self._ledger: Final = ledger
        self._id_prefix: Final = id_prefix
        self._margin_ms: Final = recv_window_ms + ON_ITS_WAY_MS
        self._since_ms: int | None = None
        self._strange: dict[OrderKey, None] = {}
        self._told_at_ms: int | None = None

    def begin(self, now_ms: int) -> None:
        """Begin the run: from now on whatever is created is ours, or somebody else's."""
        self._since_ms = now_ms + self._margin_ms

    def check(self, look: Look) -> None:
        """Enter safe mode, and say so, when a look shows another engine's order. Call it before the look is folded."""
        for order in look.orders:
            if self._is_strange(order) and order.key not in self._strange:
                self._strange[order.key] = None
                if len(self._strange) > KEPT:
                    del self._strange[next(iter(self._strange))]
                self._tell(order, look.now_ms)

    def why_left(self, request: Request) -> str | None:
        """Return why a cancel is not sent: the order is another engine's, which would only send it again.

        Once safe mode was left, whatever is still there is nobody's, and goes.
        """
        if not isinstance(request, CancelOrder) or request.key not in self._strange or self._ledger.safe_mode is None:
            return None
        return "another engine has sent it: it is left to that one until capi resume"

    def _is_strange(self, order: Order) -> bool:
        created_ms, since_ms = order.created_at_ms, self._since_ms
        if since_ms is None or created_ms is None or created_ms <= since_ms:
            return False
        if parse_order_id(self._id_prefix, order.client_order_id) is None:
            return False
        sent_ms = self._sent_ms(order)
        return sent_ms is None or created_ms < sent_ms - CLOCK_MS

    def _sent_ms(self, order: Order) -> int | None:
        """Return when we sent it; what a conditional order of ours created bears that one's id."""
        known = self._ledger.orders.by_key
        record = known.get(order.key)
        if record is None or record.order.sent_at_ms is None:
            record = known.get(("algo", order.client_order_id))
        return None if record is None else record.order.sent_at_ms

    def _tell(self, order: Order, at_ms: int) -> None:
        why = (
            f"{order.client_order_id} was created while this engine runs, and it never sent it: another engine trades "
            f"{self._id_prefix} here; stop one of the two, or give each its own id_prefix"
        )
        self._notices.enter_safe_mode(EnterSafeMode(rule=RULE, reason=why), at_ms)
        if self._told_at_ms is not None and at_ms - self._told_at_ms < FOLD_MS:
            return
        self._told_at_ms = at_ms
        self._notices.tell(Alert(level="CRITICAL", code="second_engine", rule=RULE, reason=why), at_ms)
