"""`capi config`: what the configuration is, where each value comes from, and whether it is fine. Shows no secret."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capi.cli.options import ConfigFile
from capi.cli.output import USAGE, fail, print_json

if TYPE_CHECKING:
    from capi.settings import Settings

config_app = typer.Typer(
    no_args_is_help=True, help="Show or check the configuration.", epilog="Example: capi config show --origin"
)


@config_app.command(short_help="Print every key with the value in force.")
def show(
    with_origin: Annotated[
        bool, typer.Option("--origin", help="Say of each value which source it comes from.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of TOML.")] = False,
    config: ConfigFile = None,
) -> None:
    """Print every key with the value in force, as TOML. Of a secret it says only whether it is set.

    Example: capi config show --origin
    """
    settings = _loaded(config)
    if as_json:
        print_json(_document(settings, with_origin=with_origin))
        return
    from capi.settings.written import settings_toml

    typer.echo(settings_toml(settings, with_origin=with_origin))


@config_app.command(short_help="Say what was read, and whether it is fine.")
def check(config: ConfigFile = None) -> None:
    """Read the configuration as every command does, and say what was read and whether it is fine.

    Example: capi config check --config /etc/capi/capi.toml
    """
    from capi.settings.summary import summary

    for line in summary(_loaded(config)):
        typer.echo(line)


def _loaded(config: Path | None) -> "Settings":
    from capi.settings import ConfigError, load_settings

    try:
        return load_settings(config)
    except ConfigError as error:
        fail(error.message, USAGE)


def _document(settings: "Settings", *, with_origin: bool) -> dict[str, object]:
    from capi.settings import origin
    from capi.settings.layers import nested

    told = origin(settings)
    if with_origin:
        return nested({one.key: {"value": one.value, "source": one.source, "where": one.where} for one in told})
    return nested({one.key: one.value for one in told})
