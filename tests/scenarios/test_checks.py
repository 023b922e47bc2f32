"""Each check bites: on one and the same run what is so holds, and what is not so does not."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import pytest

from capi.adapters.fields import InputError
from capi.cli.scenario.checks import CHECKS, judge, read_wants
from capi.cli.scenario.run import Run
from capi.cli.scenario.seen import Seen
from tests.scenarios.texts import HEAD, MUST, play_of

ENTERED: Final = """\
seconds = 40
path = [[0, 90850], [8, 90850], [10, 90790], [30, 92210], [40, 92100]]

[[decision]]
at = 0
"""
STOP_CANCELLED: Final = """\
[[act]]
at = 15
do = "cancel"
role = "sl"

[[fault]]
on = "tp1"
what = "refused"
code = -2022
"""
# On the run: TP1 has filled, 0.006 stand, a backstop and a ratchet at break-even rest, TP2 rests.
OPEN: Final[tuple[tuple[str, Any, Any], ...]] = (
    ("position", "0.006", "0.011"),
    ("position_max", "0.011", "0.010"),
    ("stop_at", "90863.7", "89800"),
    ("stops", 2, 1),
    ("own_orders", 3, 2),
    ("foreign_orders", 0, 1),
    ("resting", {"role": "tp2", "quantity": "0.006", "times": 1}, {"role": "tp2", "quantity": "0.005"}),
    ("naked_seconds_max", 0, None),
    ("sent", {"role": "tp1", "times": 2}, {"role": "tp1", "times": 1}),
    ("sent", {"role": "sl", "from": 10, "until": 16}, {"role": "sl", "from": 16, "until": 17}),
    ("cancelled", {"role": "entry", "times": 0}, {"role": "entry", "at_least": 1}),
    ("every", {"role": "sl", "type": "STOP_MARKET"}, {"role": "sl", "close_position": True}),
    ("event", {"event": "trade_opened", "times": 1}, {"event": "trade_adopted"}),
    ("told", {"code": "missing_stop", "level": "CRITICAL"}, "naked_position"),
    ("not_told", "naked_position", "missing_stop"),
    ("quiet_from", 33, 29),
    ("trades", 0, 1),
    ("trade_open", True, False),
    ("safe_mode", False, True),
    ("guard", "guarded", "naked"),
    ("ledger_agrees", True, False),
    ("refused", "settings_unconfirmed", "paused"),
    ("not_refused", "paused", "settings_unconfirmed"),
    ("closed", {"exit_reason": "manual", "times": 0}, "manual"),
)


def seen_of(folder: Path, more: str) -> Seen:
    """Play a long that takes half at TP1, with more that happens, and return what is known of it."""
    return Run(play_of(folder, HEAD + ENTERED + more + MUST), folder).play().seen


def exact(value: Any) -> Any:
    """Return a value as a scenario file would hold it."""
    if isinstance(value, dict):
        return {key: exact(field) for key, field in value.items()}
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("run")
    return seen_of(folder, STOP_CANCELLED)


def holds(seen: Seen, check: str, wants: Any) -> bool:
    """Return whether a check holds on a run."""
    return judge(seen, check, read_wants(check, exact(wants), "must")).held


@pytest.mark.parametrize(("check", "so", "not_so"), OPEN)
def test_what_is_so_holds_and_what_is_not_so_does_not(seen: Seen, check: str, so: Any, not_so: Any) -> None:
    assert holds(seen, check, so)
    assert not_so is None or not holds(seen, check, not_so)


def test_every_check_is_tried() -> None:
    assert {check for check, _, _ in OPEN} == set(CHECKS)


def test_time_without_a_stop_is_measured(tmp_path: Path) -> None:
    seen = seen_of(tmp_path, '[[fault]]\non = "sl"\nwhat = "refused"\ncode = -1000\ntimes = 5\n')
    assert not holds(seen, "naked_seconds_max", "0.01")
    assert holds(seen, "naked_seconds_max", "2")


def test_a_closed_trade_is_found_by_its_reason(tmp_path: Path) -> None:
    seen = seen_of(tmp_path, '[[act]]\nat = 20\ndo = "close"\n')
    assert holds(seen, "closed", {"exit_reason": "manual", "qty": "0.011"})
    assert not holds(seen, "closed", "sl")
    assert holds(seen, "trades", 1)
    assert not holds(seen, "stop_at", "89800")


def test_a_field_that_no_row_has_is_an_error_not_a_pass(seen: Seen) -> None:
    with pytest.raises(InputError, match="prize is no field here; known are"):
        holds(seen, "sent", {"prize": 1, "times": 0})
