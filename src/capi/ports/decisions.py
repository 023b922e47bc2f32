"""Where decisions come from."""

from typing import Any, Protocol

from capi.core.decision import Decision, Unusable
from capi.core.value import value


@value
class Received:
    """A decision as it came: what the core sees, and what the journal keeps."""

    decision: Decision | Unusable
    raw: Any = None  # the JSON document as it came (numbers Decimal), or the text that could not be read


class DecisionSource(Protocol):
    """The latest decision. A torn read keeps the last good one; the core judges its age."""

    def latest(self, now_ms: int) -> Received:
        """Return the decision in force at `now_ms`; the same object again while nothing changed."""
        ...
