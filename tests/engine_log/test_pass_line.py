"""A pass's line has what specification, section 16 lists, at the level that it names."""

from dataclasses import replace
from decimal import Decimal

import pytest

from capi.core.actions import Alert, PlaceOrder, Refuse
from capi.core.decision import Unusable
from capi.engine.pass_log import pass_level, pass_line
from capi.engine.report import Outcome, PassReport
from tests.worlds import NOW, account, decision

D = Decimal
STOP = PlaceOrder(
    client_order_id="capi_sl_d1", role="sl", kind="algo", side="SELL", type="STOP_MARKET", quantity=None,
    trigger_price=D(89800), close_position=True, decision_id="d1", rule="protect_position", reason="x",
)  # fmt: skip


def report() -> PassReport:
    """A pass that did nothing."""
    return PassReport(
        at_ms=NOW, decision=decision(), state="NO_POSITION", guard="none", account=account(), orders=(), outcomes=()
    )


def test_it_has_what_section_16_lists() -> None:
    stop = Outcome(action=STOP, result="rejected", code=-2021)
    refused = Outcome(action=Refuse(rule="spread", reason="too wide"), result="recorded")
    told = Outcome(action=Alert(level="INFO", code="c", rule="r", reason="x"), result="recorded")
    line = pass_line(replace(report(), outcomes=(stop, told, refused)), 7, 0.25, 1.0)
    assert line["operations"] == ["place_order capi_sl_d1 rejected -2021"]
    assert line["refused"] == ["spread"]
    assert (line["number"], line["state"], line["guard"], line["open_orders"]) == (7, "NO_POSITION", "none", 0)
    assert (line["seconds"], line["is_late"]) == (0.25, False)
    assert line["decision_id"] is not None
    assert line["decided_at_ms"] is not None
    assert line["mark"] is not None


def test_a_pass_that_saw_nothing_has_a_line_too() -> None:
    blind = replace(
        report(), decision=Unusable(reason="torn"), account=None, state=None, guard=None, failure="no route"
    )
    line = pass_line(blind, 1, 0.1, 1.0)
    assert (line["failure"], line["mark"], line["position_qty"], line["decided_at_ms"]) == (
        "no route",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("changes", "seconds", "level"),
    [
        ({}, 0.1, "INFO"),
        ({}, 1.5, "WARNING"),
        ({"outcomes": (Outcome(action=STOP, result="ack"),)}, 0.1, "INFO"),
        ({"outcomes": (Outcome(action=STOP, result="held", message="x"),)}, 0.1, "INFO"),
        ({"outcomes": (Outcome(action=STOP, result="unknown"),)}, 0.1, "WARNING"),
        ({"outcomes": (Outcome(action=Refuse(rule="spread", reason="x"), result="recorded"),)}, 0.1, "WARNING"),
        ({"outcomes": (Outcome(action=Refuse(rule="flat", reason="x"), result="recorded"),)}, 0.1, "INFO"),
        ({"account": None, "failure": "no route"}, 0.1, "ERROR"),
        ({"account": None}, 0.1, "WARNING"),
        ({"guard": "naked"}, 0.1, "CRITICAL"),
    ],
)
def test_its_level(changes: dict[str, object], seconds: float, level: str) -> None:
    assert pass_level(replace(report(), **changes), seconds, 1.0) == level  # type: ignore[arg-type]
