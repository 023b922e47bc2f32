"""`capi plan`: the one function that decides, on a situation from a file. It needs no exchange and no keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import USAGE, fail, print_json
from capi.core.value import record

if TYPE_CHECKING:
    from capi.adapters.snapshot_json import Snapshot
    from capi.core.account import Account
    from capi.core.config import Config
    from capi.core.decision import Decision, Unusable
    from capi.core.orders import Orders


def plan(
    snapshot: Annotated[
        Path, typer.Option(readable=False, help="The situation: a JSON file with account, orders and decision.")
    ],
    decision: Annotated[
        Path | None,
        typer.Option(readable=False, help="A decision.json to plan with, instead of the snapshot's decision."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each gate and each rule what it made of the situation.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show what would be done in a given situation, and why. Nothing is sent.

    The configuration is capi.toml, the environment and, above both, the snapshot's own "config".

    Example: capi plan --snapshot situation.json --explain
    """
    from capi.adapters.fields import InputError
    from capi.cli.plan_report import document_of, show
    from capi.core import plan as core
    from capi.settings import ConfigError

    try:
        given = _read(snapshot, decision, config)
    except (InputError, ConfigError) as error:
        fail(str(error), USAGE)
    actions = core.plan(given.decision, given.account, given.orders, given.config)
    summary = core.summary(given.decision, given.account, given.orders, given.config)
    explained = core.explain(given.decision, given.account, given.orders, given.config) if explain else None
    if as_json:
        print_json(document_of(summary, actions, explained))
    else:
        show(summary, actions, explained)


@record
class _Given:
    decision: "Decision | Unusable"
    account: "Account"
    orders: "Orders"
    config: "Config"


def _read(snapshot_path: Path, decision_path: Path | None, config_path: Path | None) -> _Given:
    """Return what the files hold. Raises InputError and ConfigError."""
    from capi.adapters.fields import InputError
    from capi.adapters.input_file import read_input
    from capi.adapters.snapshot_ids import with_safe_ids
    from capi.adapters.snapshot_json import SNAPSHOT_BYTES_MAX, read_snapshot

    document = read_input(snapshot_path, SNAPSHOT_BYTES_MAX)
    if not document.strip():
        raise InputError(f"{snapshot_path}: is empty; name a snapshot file")
    try:
        snapshot = read_snapshot(document)
        config = _config(snapshot, config_path)
    except InputError as error:
        raise InputError(f"{snapshot_path}: {error}") from error
    if decision_path is None:
        received = snapshot.decision(symbol=config.symbol, id_prefix=config.id_prefix)
    else:
        from capi.adapters.decision_path import read_decision_path

        received = read_decision_path(decision_path, symbol=config.symbol, id_prefix=config.id_prefix)
    account = with_safe_ids(snapshot.account, config.id_prefix)
    return _Given(received.decision, account, snapshot.orders, config)


def _config(snapshot: "Snapshot", config_path: Path | None) -> "Config":
    """Return the configuration to plan with: its symbol is the snapshot's instrument."""
    from capi.adapters.fields import InputError, shown
    from capi.settings import load_settings, overlay

    symbol = snapshot.account.instrument.symbol
    wanted = snapshot.config.get("symbol", symbol)
    if wanted != symbol:
        raise InputError(
            f'config.symbol: {shown(wanted)} is not account.instrument.symbol "{symbol}"; write one symbol'
        )
    return overlay(load_settings(config_path), {**snapshot.config, "symbol": symbol}).core()
