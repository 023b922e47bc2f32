"""Ctrl-C while DuckDB works: it says so with an error of its own, which is an interrupt like any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from capi.adapters.duckdb.module import duckdb

_INTERRUPTED: Final = "Query interrupted"


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for a query that Ctrl-C has ended (DuckDB: RuntimeError, "Query interrupted")."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except RuntimeError as error:
        if _INTERRUPTED not in str(error):
            raise
        raise KeyboardInterrupt from error
