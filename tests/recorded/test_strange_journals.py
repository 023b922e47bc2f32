"""Journals in which anything may stand: a sentence, or another plan, and never anything else."""

from copy import deepcopy
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capi.cli.recorded.again import plans_again
from capi.cli.recorded.difference import differences
from capi.cli.recorded.past import StrangeEventError
from capi.ports.journal import Event
from tests.properties.profiles import examples
from tests.recorded.stage import UP_AND_BACK, Recorded

ANYTHING: Final[st.SearchStrategy[Any]] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(([], {}, "NaN", "0"))
)


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    stage = Recorded(tmp_path_factory.mktemp("trade"))
    stage.live(UP_AND_BACK[:8])
    return stage.kept()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in an event: what holds it, and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *places(value[key]))]


def sentence_of(events: list[Event]) -> str | None:
    """Return what is said of a journal that cannot be read; None: it could be."""
    try:
        for again in plans_again(events):
            differences(again)
    except StrangeEventError as error:
        return str(error)
    return None


def is_fine(sentence: str | None) -> bool:
    """Return whether nothing is said, or a sentence with its cure."""
    return sentence is None or sentence.endswith(": read it with the version that wrote it")


@examples(150)
@given(data=st.data())
def test_whatever_stands_in_an_event(trade: list[Event], data: st.DataObject) -> None:
    events: list[Any] = deepcopy(trade)
    event = data.draw(st.sampled_from(events))
    holder, key = data.draw(st.sampled_from([it for it in places(event) if it[1] not in ("seq", "event")]))
    if data.draw(st.booleans()):
        holder[key] = data.draw(ANYTHING)
    else:
        del holder[key]
    assert is_fine(sentence_of(events))


def test_an_event_too_many_or_too_few(trade: list[Event]) -> None:
    for index in range(len(trade)):
        for events in (trade[:index] + trade[index + 1 :], [*trade[:index], trade[index], *trade[index:]]):
            assert is_fine(sentence_of(events))
