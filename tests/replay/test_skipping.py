"""Leaving out the passes that would change nothing changes nothing: over generated markets, settings and bad days."""

import tempfile
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from capi.adapters.paper.faults import LOST_ANSWER, NEVER_SENT, Fault
from capi.adapters.prices.generated import generate
from capi.cli.replay.inputs import DECISIONS_NAME, bundled
from capi.core.actions import PlaceOrder
from capi.core.errors import OutcomeUnknown, Rejected
from capi.ports.exchange import Request
from capi.settings import load_settings
from tests.properties.profiles import examples
from tests.replay.story import D, Faulty, Market, play_both, tell
from tests.replay.told import Told

SECONDS: Final = 1_200
UNSHRUNK: Final = (Phase.explicit, Phase.reuse, Phase.generate)  # a market is no smaller with a smaller seed
FAULTS: Final = (
    LOST_ANSWER,
    NEVER_SENT,
    Fault(OutcomeUnknown("Lost on its way.")),
    Fault(Rejected(-2010, "Refused.")),
    Fault(Rejected(-4509, "No position.")),
)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def tables(**drawn: dict[str, Any]) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    return st.fixed_dictionaries({name: st.fixed_dictionaries(keys) for name, keys in drawn.items()})


SETTINGS: Final = tables(
    loop={"interval_seconds": one_of(D("0.7"), 1, 2, 3), "decision_age_seconds_max": one_of(90, 200, 600)},
    entry={
        "market_confidence": one_of(D("0.4"), D("0.75")),
        "market_type": one_of("market", "ioc"),
        "dead_man_seconds": one_of(0, 30, 60),
        "slippage_max": one_of("0.1%", "0.001%"),
        "volatility_max": one_of("1%", "0.08%"),
    },
    chase={"after_seconds": one_of(5, 15)},
    protection={
        "tighten_on_volatility": one_of(True, False),
        "tighten_min": one_of("0%", "0.01%", "0.05%"),
        "follow_decision": one_of("own", "same_side", "never"),
        "on_flat": one_of("hold", "close"),
        "on_opposite": one_of("hold", "close"),
        "trigger_by": one_of("mark", "last"),
    },
    risk={
        "trades_per_day_max": one_of(0),
        "daily_drawdown_max": one_of("0.5%", "2%", "50%"),
        "weekly_drawdown_max": one_of("50%"),
    },
    paper={"delay_ms": one_of(0, 20, 700, 1500)},
)


def bad_day(seed: int, one_in: int) -> Faulty:
    """Let one order in so many fail, by its id, so that both ways meet the same; and positions be shown late."""

    def rule(request: Request) -> Fault | None:
        if not isinstance(request, PlaceOrder):
            return None
        dice = Random(f"{seed} {request.client_order_id}")
        return dice.choice(FAULTS) if dice.randrange(one_in) == 0 else None

    return Faulty(rule, lag=seed % 3)


def played(drawn: dict[str, dict[str, Any]], seed: int, one_in: int | None) -> Told:
    """Play the beginning of a generated market in both ways; raises when they differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configured = load_settings(None, drawn | {"paper": drawn["paper"] | {"seed": seed}}, env={})
        bundled(configured, 1, folder)
        return play_both(
            folder,
            lambda *_: [list(islice(generate(seed, 1)[0], SECONDS))],
            folder / DECISIONS_NAME,
            configured,
            None if one_in is None else lambda: bad_day(seed, one_in),
        )


@given(drawn=SETTINGS, seed=st.integers(0, 9_999))
@settings(examples(6), phases=UNSHRUNK)
def test_on_good_days(drawn: dict[str, dict[str, Any]], seed: int) -> None:
    played(drawn, seed, None)


@given(drawn=SETTINGS, seed=st.integers(0, 9_999))
@settings(examples(6), phases=UNSHRUNK)
def test_on_bad_days(drawn: dict[str, dict[str, Any]], seed: int) -> None:
    """No fault makes an invariant break either: they are checked at every pass."""
    played(drawn, seed, one_in=3)


def test_it_skips() -> None:
    calm = {"paper": {"delay_ms": 20}}
    told = played(calm, 7, None)
    assert told.passes < SECONDS / 5


def test_arming_the_switch_is_no_reason_for_another_pass(tmp_path: Path) -> None:
    passes = {}
    for seconds in (0, 60):
        folder = tmp_path / str(seconds)
        folder.mkdir()
        told = tell(folder, Market().stay(14), entry={"dead_man_seconds": seconds}, chase={"after_seconds": 15})
        assert any(event["event"] == "dead_man" for event in told.events) == (seconds > 0)
        passes[seconds] = told.passes
    assert passes[60] == passes[0]
