"""`capi decision`: check a decision file as the engine would read it, and the schema for those who write one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capi.cli.output import USAGE, fail, iso, print_json
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.units import text

if TYPE_CHECKING:
    from capi.ports.decisions import Received

decision_app = typer.Typer(
    help="Check a decision file, or print its JSON Schema.", no_args_is_help=True, rich_markup_mode=None
)


@decision_app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The decision file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="The configuration file; without it ./capi.toml, if that exists.")
    ] = None,
) -> None:
    """Say what a decision file means, or why it is invalid.

    An invalid one ends with exit status 2.

    Example: capi decision validate data/decision.json
    """
    received = _read(file, config)
    decision = received.decision
    if as_json:
        print_json(_document(decision))
        if isinstance(decision, Unusable):
            raise typer.Exit(USAGE)
    elif isinstance(decision, Unusable):
        fail(f"{file}: {decision.reason}", USAGE)
    else:
        typer.echo(f"{file}: valid; {_sentence(decision)}")


@decision_app.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of decision.json.

    Example: capi decision schema > decision.schema.json
    """
    from capi.adapters.decision_schema import decision_schema

    print_json(decision_schema())


def _read(file: Path, config: Path | None) -> "Received":
    from capi.adapters.decision_path import read_decision_path
    from capi.adapters.fields import InputError
    from capi.settings import ConfigError, load_settings

    try:
        settings = load_settings(config)
        return read_decision_path(file, symbol=settings.symbol, id_prefix=settings.id_prefix)
    except (InputError, ConfigError) as error:
        fail(str(error), USAGE)


def _sentence(decision: Decision) -> str:
    made = f"decision {decision.decision_id} of {iso(decision.timestamp_ms)}"
    proposal = decision.proposal
    if proposal is None:
        return f"{made}: flat"
    given = [(name, price) for name, price in (("tp1", proposal.tp1), ("tp2", proposal.tp2)) if price is not None]
    parts = (
        f"{proposal.direction} {text(proposal.position_size_usdt)} USDT",
        f"entry_zone {text(proposal.zone_min)} to {text(proposal.zone_max)}",
        f"sl {text(proposal.sl)}",
        *(f"{name} {text(price)}" for name, price in given),
        f"leverage {text(proposal.leverage)}",
        f"confidence {text(decision.confidence)}",
    )
    return f"{made}: {', '.join(parts)}"


def _document(decision: Decision | Unusable) -> dict[str, Any]:
    if isinstance(decision, Unusable):
        return {"valid": False, "decision_id": decision.decision_id, "reason": decision.reason}
    proposal = decision.proposal
    return {
        "valid": True,
        "decision_id": decision.decision_id,
        "timestamp": iso(decision.timestamp_ms),
        "symbol": decision.symbol,
        "confidence": decision.confidence,
        **({"action": "flat"} if proposal is None else _proposal(proposal)),
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "action": proposal.direction,
        "entry_zone": [proposal.zone_min, proposal.zone_max],
        "sl": proposal.sl,
        "tp1": proposal.tp1,
        "tp2": proposal.tp2,
        "position_size_usdt": proposal.position_size_usdt,
        "leverage": proposal.leverage,
    }
