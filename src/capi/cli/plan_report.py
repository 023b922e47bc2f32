"""A plan as people and as programs read it: state and guard, then each action with its rule and its reason."""

from collections.abc import Sequence
from typing import Any, Final

import typer

from capi.adapters.action_json import action_to_json
from capi.cli.output import table
from capi.core.actions import Action
from capi.core.plan import Explanation, Summary

_COLUMNS: Final = ("action", "id", "side", "type", "qty", "price", "rule", "reason")
_ID_KEYS: Final = ("client_order_id", "decision_id", "code")
_TYPE_KEYS: Final = ("type", "level", "exit_reason", "margin_mode")
_QTY_KEYS: Final = ("quantity", "qty", "leverage", "seconds")
_PRICE_KEYS: Final = ("price", "trigger_price", "sl")


def document_of(summary: Summary, actions: Sequence[Action], explained: Sequence[Explanation] | None) -> dict[str, Any]:
    """Return the plan as the JSON document of `capi plan --json`."""
    document: dict[str, Any] = {
        "state": summary.state,
        "guard": summary.guard,
        "actions": [action_to_json(action) for action in actions],
    }
    if explained is not None:
        document["explain"] = [
            {"kind": one.kind, "name": one.name, "outcome": one.outcome, "reason": one.reason} for one in explained
        ]
    return document


def show(summary: Summary, actions: Sequence[Action], explained: Sequence[Explanation] | None) -> None:
    """Print the plan for people."""
    typer.echo(f"state {summary.state}  guard {summary.guard}")
    if actions:
        typer.echo()
        table(_COLUMNS, [_row(action_to_json(action)) for action in actions])
    else:
        typer.echo("nothing to do")
    if explained is not None:
        typer.echo()
        table(
            ("kind", "name", "outcome", "reason"), [(one.kind, one.name, one.outcome, one.reason) for one in explained]
        )


def _row(action: dict[str, Any]) -> tuple[str, ...]:
    return (
        action["action"],
        _first(action, _ID_KEYS),
        _first(action, ("side",)),
        _first(action, _TYPE_KEYS),
        "all" if action.get("close_position") else _first(action, _QTY_KEYS),
        _first(action, _PRICE_KEYS),
        action["rule"],
        action["reason"],
    )


def _first(action: dict[str, Any], keys: tuple[str, ...]) -> str:
    """Return the first of these keys that the action has something under, as text."""
    return next((str(action[key]) for key in keys if action.get(key) is not None), "")
