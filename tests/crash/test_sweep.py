"""Wherever the process ends, a restart on what is left brings the trade to the end that it would have had.

Exhaustive: for each story the process is ended before and after every request, every write and every sync, and at the
beginning and end of every look; of what was not synced all is kept (the process alone was killed), half of the last
line, or nothing (a power cut). Ends that leave the same books, market and bytes behind are one.

After each the invariants hold at every step, the trades, the quantities and why they ended are the same, ledger and
exchange agree, and every recorded pass can be planned again.
"""

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from capi.engine.recorder import Recorder
from capi.ports.journal import Event
from tests.crash.stage import Scenario, crashes_of
from tests.crash.stories import STORIES
from tests.crash.sweep import ended, fault, undisturbed

NAMES = [story.name for story in STORIES]
SHOWN = 5
PAIRS = 0 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 12
"""How many pairs of ends are tried of each story; 0: all of them."""


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_ended_at_any_operation(story: Scenario, tmp_path: Path) -> None:
    stage = undisturbed(story, tmp_path)
    wanted = stage.outcome
    assert wanted.bought == wanted.sold > 0
    assert not wanted.resting
    assert wanted.trades
    faults = [found for crash in crashes_of(stage) if (found := fault(story, wanted, crash)) is not None]
    assert not faults, "\n".join([f"{len(faults)} ends go wrong", *faults[:SHOWN]])


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_ended_twice(story: Scenario, tmp_path: Path) -> None:
    """The second end comes while the first one is still being put right: some pairs, all of them by night."""
    stage, dice, faults = undisturbed(story, tmp_path), Random(story.name), list[str]()
    firsts = list(crashes_of(stage))
    for first in dice.sample(firsts, PAIRS) if PAIRS else firsts:
        seconds = list(crashes_of(ended(story, first)))
        for second in dice.sample(seconds, 1) if PAIRS else seconds:
            found = fault(story, stage.outcome, first, second)
            faults += [] if found is None else [found]
    assert not faults, "\n".join([f"{len(faults)} pairs go wrong", *faults[:SHOWN]])


def test_every_request_write_and_sync_is_an_end(tmp_path: Path) -> None:
    """What the sweep says of itself is so: nothing that the process does is left out."""
    stage = undisturbed(STORIES[0], tmp_path)
    counts = Counter(point.what for point in stage.points)
    sent = stage.events("sent")
    before, after = (
        sum(
            count
            for what, count in counts.items()
            if what.startswith(when) and what.split()[1] not in ("write", "sync")
        )
        for when in ("before", "after")
    )
    assert before == after == len(sent) > 5
    assert counts["before write"] == counts["after write"] == sum(1 for _ in stage.journal.events())
    assert counts["before sync"] == counts["after sync"] == len(stage.events("intent")) == 1
    assert counts["look"] == 2 * stage.exchange.looks
    left = {point.left(keep) for point in stage.points for keep in ("all", "half", "none")}
    assert len(list(crashes_of(stage))) == len(left)


def test_an_intent_that_is_not_on_the_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep can fail: where the intent is not synced before the entry goes out, a power cut shows it."""

    def at_ease(self: Recorder, event: Event) -> bool:
        self.record(event)
        return True

    monkeypatch.setattr(Recorder, "record_ahead", at_ease)
    story = STORIES[0]
    stage = undisturbed(story, tmp_path)
    assert any(fault(story, stage.outcome, crash) for crash in crashes_of(stage))
