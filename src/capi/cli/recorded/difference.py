"""How a plan made again differs from the recorded one, as lines: what is gone, what is new, which fields are others."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from capi.cli.recorded.again import Again
from capi.engine.action_fields import Fields


def differences(again: Again) -> list[str]:
    """Return a line for each difference; none when the plan is the recorded one.

    `-` was recorded and is not planned now, `+` is planned now and was not recorded, `~` differs in the fields named.
    """
    lines = []
    if again.view is not None:
        names = zip(("state", "guard"), *again.view, strict=True)
        lines += [f"~ {name}: {was} -> {now}" for name, was, now in names if was != now]
    return lines + list(_of_actions(again.recorded, again.planned))


def _of_actions(recorded: Sequence[Fields], planned: Sequence[Fields]) -> Iterator[str]:
    before, after = [_identity(action) for action in recorded], [_identity(action) for action in planned]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        if kind == "equal":
            for was, now in zip(recorded[first:last], planned[new_first:new_last], strict=True):
                yield from _of_fields(was, now)
            continue
        yield from (f"- {_told(action)}" for action in recorded[first:last])
        yield from (f"+ {_told(action)}" for action in planned[new_first:new_last])


def _identity(action: Fields) -> tuple[Any, ...]:
    return action["action"], str(action.get("client_order_id")), action["rule"]


def _of_fields(was: Fields, now: Fields) -> Iterator[str]:
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    if names:
        changes = "; ".join(f"{name} {_value(was.get(name))} -> {_value(now.get(name))}" for name in names)
        yield f"~ {_name(was)}: {changes}"


def _told(action: Fields) -> str:
    """Return an action with what it says, and without what it leaves open."""
    parts = [f"{name} {_value(it)}" for name, it in action.items() if name not in _NAMED and it not in (None, False)]
    return f"{_name(action)}: {', '.join(parts)}"


_NAMED = frozenset({"action", "client_order_id", "rule"})


def _name(action: Fields) -> str:
    who = action.get("client_order_id")
    return f"{action['action']} {who or ''}".rstrip() + f" by {action['rule']}"


def _value(it: object) -> str:
    return f'"{it}"' if isinstance(it, str) and " " in it else "null" if it is None else str(it)
