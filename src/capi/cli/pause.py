"""`capi pause`: no entries until `capi resume`; guarding goes on."""

from typing import Annotated

import typer

from capi.cli.options import ConfigFile, Reason


def pause(
    reason: Reason = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    config: ConfigFile = None,
) -> None:
    """Enter nothing until capi resume, and take an own resting entry down. A position is guarded all the same.

    The engine that runs confirms it; without one it is written into the journal, for the next start.

    Example: capi pause --reason "exchange maintenance"
    """
    from capi.cli.live.command_post import Told, ask, reason_of, room_of, running, show, who, written
    from capi.cli.live.session import settings_of
    from capi.engine import events
    from capi.ports.inbox import Given

    why, folder = reason_of(reason), room_of(settings_of(config))
    held = running(folder)
    told = None if held is None else ask(folder, held, "pause", why)
    if told is not None:
        show(told, as_json=as_json)
        return
    with written(folder) as journal:
        journal.append(events.paused(journal.now_ms, reason=why, given=Given(by=who())))
    message = "no engine runs; written down: no entries until capi resume"
    show(Told("pause", "done", message, None), as_json=as_json)
