"""What a run knew, folded from its journal: ledger, configuration and the decision in force."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from capi import __version__
from capi.cli.recorded.decision import decision_again
from capi.core.account import Account
from capi.core.config import Config
from capi.core.decision import Decision, Unusable
from capi.core.orders import Orders
from capi.core.plan import Survey
from capi.engine.ledger import Ledger
from capi.engine.planned_again import view_again
from capi.engine.value_fields import read_value
from capi.ports.journal import Event

NOT_RECORDED: Final = "did not record what its plans were made on"


class NotPlannableError(Exception):
    """Why a plan cannot be made again, as a part of a sentence."""


class StrangeEventError(Exception):
    """An event is not as this version writes it: which one, and what to do, in one sentence."""


@contextmanager
def as_written(event: Event) -> Iterator[None]:
    """Read an event's fields; where they are not there, or of another type, raise StrangeEventError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        what = f"event {event['seq']} ({event['event']}) is not as capi {__version__} writes it ({error!r})"
        raise StrangeEventError(f"{what}: read it with the version that wrote it") from None


class Past:
    """Takes events in their order."""

    def __init__(self) -> None:
        self._ledger: Final = Ledger()
        self.version = "unknown"
        """Which version of capi wrote what is folded now."""
        self._config: Config | None = None
        self._decision: Decision | Unusable | None = None
        self._trouble: str | None = None

    @property
    def decision_id(self) -> str | None:
        """Return the decision in force."""
        return None if self._decision is None else self._decision.decision_id

    def fold(self, event: Event) -> None:
        """Fold one event. Raises StrangeEventError."""
        with as_written(event):
            self._ledger.apply(event)
            match event["event"]:
                case "run_started":
                    self._begin(event)
                case "decision":
                    self._decide(event)

    def view(self, at_ms: int, seen: dict[str, Any]) -> tuple[Account, Orders]:
        """Return account and orders of a plan, of which a look had `seen` this much. Raises NotPlannableError."""
        if self._config is None:
            raise NotPlannableError(self._trouble or f"capi {self.version} {NOT_RECORDED}")
        try:
            return view_again(at_ms, seen, self._ledger)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise NotPlannableError(f"what was seen cannot be read: {error}") from None

    def survey(self, account: Account, orders: Orders) -> Survey:
        """Return the survey of a view under the decision in force then. Raises NotPlannableError."""
        if self._config is None or self._decision is None:
            raise NotPlannableError(self._trouble or "no decision is told before it")
        return Survey(self._decision, account, orders, self._config)

    def _begin(self, event: Event) -> None:
        self.version, self._config, self._decision, self._trouble = event["version"], None, None, None
        if "config" in event:
            try:
                self._config = read_value(Config, event["config"])
            except ValueError as error:
                self._trouble = f"this version cannot read the configuration: {error}"

    def _decide(self, event: Event) -> None:
        if self._config is None:
            return
        try:
            self._decision, self._trouble = decision_again(event, self._config), None
        except ValueError as error:
            self._decision, self._trouble = None, str(error)
