"""`capi snapshot`: the live account as a file that `capi plan --snapshot` reads. Sends nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import FAILED, fail, print_json

if TYPE_CHECKING:
    from capi.cli.live.session import Session
    from capi.engine.report import PassReport
    from capi.settings import Settings

_TABLES: Final = ("entry", "chase", "protection", "targets", "risk")
_KEYS: Final = ("symbol", "id_prefix", "exchange.recv_window_ms", "loop.decision_age_seconds_max")


def snapshot(
    out: Annotated[
        Path | None, typer.Option(readable=False, metavar="FILE", help="Write to this file instead of stdout.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Write what the engine would see and go by now: account, orders, ledger, decision and configuration.

    It works beside a running engine, and sends nothing. `capi plan` answers with what the engine would do.

    Example: capi snapshot --out now.json && capi plan --snapshot now.json --explain
    """
    from capi.cli.live.session import looking, settings_of

    settings = settings_of(config)
    with looking(settings, records=False) as session:
        report = session.engine.run_pass()
        if report.account is None:
            fail(f"{report.failure}: try again", FAILED)
        document = document_of(session, report)
    if out is None:
        print_json(document)
        return
    import json

    try:
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"{out}: cannot be written ({error.strerror or error}): name another file with --out", FAILED)
    typer.echo(f"capi: the snapshot is {out}; read it with capi plan --snapshot {out}", err=True)


def document_of(session: "Session", report: "PassReport") -> dict[str, object]:
    """Return the view that a pass's plan was made on, and what else the plan went by."""
    from capi.adapters.snapshot_writer import snapshot_document

    if report.account is None:
        raise ValueError("a pass that saw no account has no view")
    return snapshot_document(session.engine.received, report.account, report.orders, _config(session.settings))


def _config(settings: "Settings") -> dict[str, object]:
    """Return the settings that a plan goes by, as capi.toml writes their values."""
    from capi.settings import origin
    from capi.settings.layers import nested

    told = origin(settings)
    return nested({one.key: one.value for one in told if one.key in _KEYS or one.key.partition(".")[0] in _TABLES})
