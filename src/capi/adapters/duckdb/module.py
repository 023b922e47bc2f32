"""DuckDB's own module, without the package around it.

`duckdb` re-exports `_duckdb` and adds a query builder in Python, importing which takes 25 ms of every reading command
and nothing here uses. Where a later version has it elsewhere, the package it is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
else:
    try:
        import _duckdb as duckdb
    except ImportError:
        import duckdb

__all__ = ["duckdb"]
