"""What reads show late, when a test asks for it: a changed position, a new order. By itself nothing is late."""

from decimal import Decimal

from capi.adapters.paper.state import State


class Lag:
    """Milliseconds of the exchange's time that a change takes to become visible to REST."""

    def __init__(self, state: State) -> None:
        """Start without any."""
        self._state = state
        self.position_ms = 0
        self.orders_ms = 0
        self._changed_ms = 0
        self._before: tuple[Decimal, Decimal | None] = (state.account.qty, None)
        self._now: tuple[Decimal, Decimal | None] = self._before

    def position_changed(self, now_ms: int) -> None:
        """Note that the position is another one from now on."""
        if now_ms - self._changed_ms >= self.position_ms:
            self._before = self._now
        self._changed_ms = now_ms
        self._now = (self._state.account.qty, self._state.account.entry_price)

    def position(self) -> tuple[Decimal, Decimal | None]:
        """Return the signed quantity and the entry price as reads show them."""
        late = self._state.now_ms - self._changed_ms < self.position_ms
        return self._before if late else (self._state.account.qty, self._state.account.entry_price)

    def hides_a_position(self) -> bool:
        """Return whether the exchange still believes that the account is flat."""
        return bool(self._state.account.qty) and not self.position()[0]

    def hides_an_order(self, created_ms: int) -> bool:
        """Return whether an order is too young to be seen."""
        return self._state.now_ms - created_ms < self.orders_ms
