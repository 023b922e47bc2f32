"""What looks show of the position: the truth, unless a fault makes its latest change visible late."""

from capi.adapters.paper.faults import Faults
from capi.adapters.paper.state import State
from capi.core.account import Position


class VisiblePosition:
    """The position as it was last shown, and for how many more looks it stays so after a change."""

    def __init__(self, state: State) -> None:
        """Start with the state's position."""
        self._state = state
        self._version = state.account.version  # of the account that `_truth` was read from
        self._truth = self._seen = self._read()
        self._lag: int | None = None  # None: no unseen change, as far as is known

    def shown(self, faults: Faults | None) -> Position:
        """Return the position for one look, and count that look."""
        if self._lags(faults) and self._lag is not None:
            self._lag -= 1
        else:
            self._lag, self._seen = None, self._position()
        return self._seen

    def hides_a_position(self, faults: Faults | None) -> bool:
        """Return whether the exchange still believes that the account is flat."""
        return self._lags(faults) and not self._seen.qty

    def _lags(self, faults: Faults | None) -> bool:
        if faults is None or self._seen.qty == self._state.account.qty:
            self._lag = None
            return False
        if self._lag is None:
            self._lag = faults.position_lag()
        return self._lag > 0

    def _position(self) -> Position:
        version = self._state.account.version
        if version != self._version:
            self._version, self._truth = version, self._read()
        return self._truth

    def _read(self) -> Position:
        account = self._state.account
        return Position(
            qty=account.qty, entry_price=account.entry_price, liquidation_price=self._state.liquidation_price
        )
