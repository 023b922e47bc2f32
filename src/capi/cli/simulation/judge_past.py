"""How every run ends: each of its passes, planned again from the journal alone, comes out as it was recorded."""

from collections.abc import Iterable

from capi.cli.recorded.again import plans_again
from capi.cli.recorded.difference import differences
from capi.cli.simulation.broken import Broken
from capi.ports.journal import Event


def judge_past(events: Iterable[Event]) -> None:
    """Plan a run's passes again. Raises Broken (10) at the first one that is not as recorded, or cannot be planned."""
    for again in plans_again(events):
        if not again.is_same:
            what = again.trouble or "; ".join(differences(again))
            raise Broken(10, again.at_ms, f"planned again from the journal, pass {again.seq} is another: {what}")
