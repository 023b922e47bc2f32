"""Options that several commands share.

No path is checked by Typer (`readable=False`): the one who reads it says what is wrong with it, where, and what to do.
"""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", readable=False, help="The configuration file; without it ./capi.toml, if that exists."),
]

Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the journal.")]
