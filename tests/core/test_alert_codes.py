"""What is told of an alert's code: advice for each, and which are told at once whatever their level."""

from capi.core.actions import Alert
from capi.core.alert_codes import CODES, NEWS, advice_of
from tests.core.planning import of, planned, planned_held
from tests.worlds import D, market, order


def test_what_a_plan_alerts_of_is_listed_at_that_level_with_advice() -> None:
    gone, adopted = planned_held(without=("sl",)), planned(position=D("0.05"))
    foreign, unpriced = planned(order("web_1")), planned(position=D("0.05"), market=market(bid=None, mark=None))
    alerts = of(Alert, [*gone, *adopted, *foreign, *unpriced])
    assert {"missing_stop", "orphan_position"} <= {alert.code for alert in alerts}
    for alert in alerts:
        assert alert.level in CODES[alert.code].levels
        assert advice_of(alert.code)


def test_a_code_that_is_not_listed_has_no_advice() -> None:
    assert advice_of("no_such_code") == ""


def test_news_are_those_that_say_so() -> None:
    assert {code for code in CODES if code in NEWS} == {code for code, told in CODES.items() if told.is_news} != set()
