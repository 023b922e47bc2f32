"""`capi decision`: check a decision file as the engine would read it, and the schema for those who write one."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import USAGE, fail, iso, print_json
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.terms import FUTURE_MS_MAX
from capi.core.units import text

decision_app = typer.Typer(
    help="Check a decision file, or print its JSON Schema.",
    epilog="Example: capi decision validate data/decision.json",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@decision_app.command(short_help="Say what a decision file means, or why not.")
def validate(
    file: Annotated[Path, typer.Argument(readable=False, help="The decision file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    config: ConfigFile = None,
) -> None:
    """Say what a decision file means and how old it is, or why it is invalid.

    An invalid one ends with exit status 2, one that is too old to be traded with 0.

    Example: capi decision validate data/decision.json
    """
    decision, age_seconds_max = _read(file, config)
    now_ms = time.time_ns() // 1_000_000
    if as_json:
        print_json(_document(decision, now_ms))
        if isinstance(decision, Unusable):
            raise typer.Exit(USAGE)
    elif isinstance(decision, Unusable):
        fail(f"{file}: {decision.reason}", USAGE)
    else:
        typer.echo(f"{file}: valid; {_sentence(decision)}{_of_another_time(decision, now_ms, age_seconds_max)}")


@decision_app.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of decision.json.

    Example: capi decision schema > decision.schema.json
    """
    from capi.adapters.decision_schema import decision_schema

    print_json(decision_schema())


def _read(file: Path, config: Path | None) -> tuple[Decision | Unusable, Decimal]:
    """Return what the file says, and `loop.decision_age_seconds_max`."""
    from capi.adapters.decision_path import read_decision_path
    from capi.adapters.fields import InputError
    from capi.settings import ConfigError, load_settings

    try:
        settings = load_settings(config)
        received = read_decision_path(file, symbol=settings.symbol, id_prefix=settings.id_prefix)
    except (InputError, ConfigError) as error:
        fail(str(error), USAGE)
    return received.decision, settings.loop.decision_age_seconds_max


def _of_another_time(decision: Decision, now_ms: int, age_seconds_max: Decimal) -> str:
    """Return what the gates `stale` and `future` would say of a decision now; nothing while both are open."""
    age_ms = now_ms - decision.timestamp_ms
    if age_ms > age_seconds_max * 1000:
        return (
            f"; {age_ms // 1000:,} s old, more than loop.decision_age_seconds_max ({text(age_seconds_max)}): "
            "it opens nothing (gate stale)"
        )
    if age_ms < -FUTURE_MS_MAX:
        return f"; {-age_ms // 1000:,} s in the future: it opens nothing (gate future)"
    return ""


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


def _document(decision: Decision | Unusable, now_ms: int) -> dict[str, Any]:
    if isinstance(decision, Unusable):
        return {"valid": False, "decision_id": decision.decision_id, "reason": decision.reason}
    proposal = decision.proposal
    return {
        "valid": True,
        "decision_id": decision.decision_id,
        "timestamp": iso(decision.timestamp_ms),
        "age_seconds": Decimal(now_ms - decision.timestamp_ms) / 1000,
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
