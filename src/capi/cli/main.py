"""The program `capi`: names its commands, and imports one only when it is used.

Help and completion need names and one line each, which stand here; a command's own module, with whatever it imports,
is loaded when the command is called. So `capi --help` answers at once, and no command pays for another's imports.
"""

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from capi import __version__
from capi.cli.output import FAILED, INTERRUPTED
from capi.core.value import record


@record
class Lazy:
    """A command (a function or a Typer app) as `module:name`, and its line in the help."""

    target: str
    help: str

    def load(self, name: str) -> Any:
        """Import the command and return it, ready to be invoked."""
        from typer.main import get_command, get_group

        module, _, attribute = self.target.partition(":")
        found: Callable[..., None] | typer.Typer = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            found.rich_markup_mode = None
            return get_group(found)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name)(found)
        return get_command(single)


COMMANDS: Final = {
    "plan": Lazy("capi.cli.plan:plan", "Show what would be done in a given situation, and why."),
    "paper": Lazy("capi.cli.paper:paper", "Trade on a simulated exchange, in seconds or over your prices."),
    "run": Lazy("capi.cli.run:run", "Trade the decisions on Binance, and keep the position protected."),
    "reconcile": Lazy("capi.cli.reconcile:reconcile", "Compare ledger and exchange once, and put right what differs."),
    "pause": Lazy("capi.cli.pause:pause", "Enter nothing until capi resume; guarding goes on."),
    "resume": Lazy("capi.cli.resume:resume", "Enter again, after a pause or safe mode."),
    "flatten": Lazy("capi.cli.flatten:flatten", "Close the position at market, and enter nothing until resumed."),
    "snapshot": Lazy("capi.cli.snapshot:snapshot", "Write the live situation to a file that capi plan reads."),
    "doctor": Lazy("capi.cli.doctor.command:doctor", "Check whether an engine could start here, and would work."),
    "status": Lazy("capi.cli.status:status", "Say whether the engine runs, what it holds, and what guards it."),
    "orders": Lazy("capi.cli.orders:orders", "List the orders: what rests, and what became of the others."),
    "trades": Lazy("capi.cli.trades:trades", "List the trades, and what they came to."),
    "report": Lazy("capi.cli.report:report", "Sum up the trades, on the terminal or as a page."),
    "logs": Lazy("capi.cli.logs:logs", "Tell what happened, and with -f what happens."),
    "replay": Lazy("capi.cli.replay_recorded:replay", "Plan every recorded pass again, and show what differs."),
    "incident": Lazy("capi.cli.incident:incident", "Write one file with which others can look into what happened."),
    "db": Lazy("capi.cli.db:db_app", "Make the database of what was done anew from its journal."),
    "init": Lazy("capi.cli.init:init", "Write a commented capi.toml and an example decision.json."),
    "config": Lazy("capi.cli.config:config_app", "Show or check the configuration."),
    "decision": Lazy("capi.cli.decision:decision_app", "Check a decision file, or print its JSON Schema."),
}


class _Commands(TyperGroup):
    """The commands by name; one is loaded when it is resolved, not when it is listed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        lazy = COMMANDS.get(args[0])
        if lazy is not None:
            self.commands[args[0]] = lazy.load(args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # Typer would end it without a word
            typer.echo("capi: interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None


app: Final = typer.Typer(
    name="capi",
    cls=_Commands,
    help="Turn the latest decision into orders on Binance USDⓈ-M Futures, and keep the position protected.",
    epilog="Begin with: capi init, then capi paper. Exit status: 0 done, 1 failed, 2 usage or input, 3 ended in safe "
    "mode, 4 refused.",
    no_args_is_help=True,
    rich_markup_mode=None,  # drawing the help costs more time than everything else in it
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _listed() -> None:
    """Stand in the list of commands; `_Commands` puts the real one in its place before it is called."""


for _name, _lazy in COMMANDS.items():
    app.command(_name, help=_lazy.help)(_listed)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"capi {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the program: what it was told to do, or one sentence why not. Never a traceback for what a user can cause."""
    _open_what_is_closed()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some costs more than a plan
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no reason to fail
    try:
        app()
    except KeyboardInterrupt:  # before the command began, or after it had ended
        typer.echo("capi: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.filename is not None:  # not of a stream
            raise
        _say_unwritable(error)
        sys.exit(FAILED)
    finally:
        gc.freeze()  # at its end Python looks through every object once more: for nothing, and a while


def _open_what_is_closed() -> None:
    """Put a sink where a stream was closed (`>&-`), so that what is printed has a place to go and no file gets it."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the program runs
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - likewise


def _say_unwritable(error: OSError) -> None:
    """Say that the output could not be written, and drop the rest of it: Python would try again at its end."""
    what = f"the output could not be written ({error.strerror or error})"
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    with suppress(OSError):
        typer.echo(f"capi: {what}: free some space, or send it elsewhere", err=True)
    os.dup2(sink, sys.stderr.fileno())
