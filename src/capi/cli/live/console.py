"""What a live run says on stderr: alerts, and what each pass changed. One line each, with the exchange's time."""

from typing import Final

from capi.adapters.action_json import action_to_json
from capi.cli.live.teller import Teller
from capi.cli.output import iso
from capi.core.actions import Action, Alert, ArmDeadMan, Level, Refuse
from capi.engine.report import Outcome, PassReport

FOLD_MS: Final = 60_000
"""The same alert is said once in this time."""
_SHOWN: Final = (
    *("client_order_id", "decision_id", "side", "type", "quantity", "qty", "price", "trigger_price", "sl"),
    *("leverage", "margin_mode", "exit_reason"),
)


class Console:
    """Says alerts (`ports.alerts.Alerts`) and passes. `sends`: whether requests go out in this run."""

    def __init__(self, teller: Teller, *, sends: bool) -> None:
        self._teller: Final = teller
        self.sends: Final = sends
        self._said: Final[dict[tuple[str, str], int]] = {}
        self._refusals: frozenset[str] = frozenset()
        self._held: tuple[str, ...] = ()
        self._state: tuple[str | None, str | None] = (None, None)
        self.says_refusals = True
        """Not so once a run ends: that it opens nothing then goes without saying."""

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Say one alert, unless it was said within the last minute."""
        for told, last_ms in list(self._said.items()):
            if at_ms - last_ms >= FOLD_MS:
                del self._said[told]
        if (code, message) not in self._said:
            self._said[code, message] = at_ms
            self._say(at_ms, f"{level} {code}: {message}")

    def say(self, line: str) -> None:
        """Say something of the run itself."""
        self._teller.say(f"capi: {line}")

    def passed(self, report: PassReport) -> None:
        """Say what a pass did and what it refused, where that differs from the pass before."""
        self._say_state(report)
        held = tuple(told_action(one.action) for one in report.outcomes if one.result == "held")
        for outcome in report.outcomes:
            if outcome.result == "held" and (self.sends or held == self._held):
                continue
            if not isinstance(outcome.action, Alert | Refuse | ArmDeadMan):
                self._say(report.at_ms, _told(outcome))
        self._held = held
        refusals = {one.rule: one.reason for one in report.actions if isinstance(one, Refuse)}
        if self.says_refusals:
            for rule, reason in refusals.items():
                if rule not in self._refusals:
                    self._say(report.at_ms, f"no entry ({rule}): {reason}")
        self._refusals = frozenset(refusals)

    def _say_state(self, report: PassReport) -> None:
        state = report.state, report.guard
        if state != self._state and report.account is not None:
            self._state = state
            position = report.account.position.qty
            self._say(report.at_ms, f"{report.state}, position {position}, guard {report.guard}")

    def _say(self, at_ms: int, what: str) -> None:
        self._teller.say(f"{iso(at_ms)} {what}")


def told_action(action: Action) -> str:
    """Return an action in one line: its name, and what identifies it."""
    fields = action_to_json(action)
    facts = [str(fields[key]) for key in _SHOWN if fields.get(key) is not None]
    return " ".join([fields["action"], *facts, *(["all of it"] if fields.get("close_position") else [])])


def _told(outcome: Outcome) -> str:
    result = outcome.result if outcome.code is None else f"{outcome.result}, code {outcome.code}"
    what = f"{told_action(outcome.action)}: {result}"
    if outcome.message:
        what = f"{what} ({outcome.message})"
    return f"{what}; {outcome.action.rule}: {outcome.action.reason}"
