"""Tables as values: what a column holds, and how it is read from an event of the journal.

An event's fields are read by name into a struct `e`: column `price` is the field `price`, column `filled_at` the field
`filled_at_ms`. Where a column is more than its field, `of` is the SQL expression over `e` that makes it.
"""

from enum import StrEnum
from typing import Final

from capi.core.value import record


class Kind(StrEnum):
    """What a column holds, as DuckDB's type for it."""

    TEXT = "VARCHAR"
    FIGURE = "DECIMAL(28,12)"  # prices, quantities, money, ratios: 16 digits before the point, and price × qty fits
    TIME = "TIMESTAMP"  # UTC, to the millisecond
    WHOLE = "BIGINT"
    FLAG = "BOOLEAN"
    TEXTS = "VARCHAR[]"
    JSON = "JSON"


_FIELD: Final = {Kind.FIGURE: '"VARCHAR"', Kind.TIME: '"BIGINT"', Kind.TEXTS: '["VARCHAR"]'}
"""How a kind's field is read from JSON, where it is not read as the column's own type."""

_FITS: Final = r"-?[0-9]{1,16}(\.[0-9]{0,12}0*)?"
"""The text of a figure that its column holds exactly."""


@record
class Column:
    """One column. `of`: the expression that it is made by; empty, it is the event's field of its name."""

    name: str
    kind: Kind = Kind.TEXT
    of: str = ""

    @property
    def field(self) -> str:
        """Return the event's field that the column is, when it is one."""
        return f"{self.name}_ms" if self.kind is Kind.TIME else self.name

    @property
    def structure(self) -> str:
        """Return the field's entry in the structure by which DuckDB reads the event."""
        kind = _FIELD.get(self.kind, f'"{self.kind}"')
        return f'"{self.field}":{kind}'

    @property
    def value(self) -> str:
        """Return the expression for the column's value, as it came: figures are text, times milliseconds."""
        return self.of or f"e.{self.field}"

    @property
    def stored(self) -> str:
        """Return the expression for what is stored of it; what is none of its kind is NULL, and raises nothing."""
        if self.kind is Kind.FIGURE:
            return f"try_cast({self.name} AS {self.kind})"
        return f"try(epoch_ms({self.name}))" if self.kind is Kind.TIME else self.name


@record
class Table:
    """One table: rows are added, never changed, and there are no keys. One row for each event that it is made of.

    `events`: their names, none for all. `reads`: fields that the expressions use beside those that are columns, as
    entries of the JSON structure. `line`: the event as JSON, when it is more than its line.
    """

    name: str
    events: tuple[str, ...]
    columns: tuple[Column, ...]
    where: str = ""
    reads: tuple[str, ...] = ()
    line: str = "line"

    @property
    def figures(self) -> tuple[Column, ...]:
        """Return the columns that hold figures."""
        return tuple(column for column in self.columns if column.kind is Kind.FIGURE)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all columns, `seq` and `timestamp` first and `inexact` last."""
        tail = ("inexact",) if self.figures else ()
        return ("seq", "timestamp", *(column.name for column in self.columns), *tail)

    @property
    def create(self) -> str:
        """Return the statement that creates the table."""
        columns = [f"{column.name} {column.kind}" for column in self.columns]
        inexact = ["inexact JSON"] if self.figures else []
        return f"CREATE TABLE {self.name} ({', '.join(['seq BIGINT', 'timestamp TIMESTAMP', *columns, *inexact])})"

    @property
    def fill(self) -> str:
        """Return the statement that adds the rows which the events of the table `batch` make."""
        entries = dict.fromkeys((*(column.structure for column in self.columns if not column.of), *self.reads))
        wanted = [f"event IN ({', '.join(repr(event) for event in self.events)})"] if self.events else []
        read = f"SELECT *, json_transform({self.line}, '{{{','.join(entries)}}}') AS e FROM batch"  # noqa: S608 - made of our own names alone
        events = f"{read} WHERE {wanted[0]}" if wanted else read
        values = ", ".join(f"{column.value} AS {column.name}" for column in self.columns)
        rows = f"SELECT seq, timestamp, {values} FROM ({events}) WHERE {self.where or 'true'}"  # noqa: S608
        stored = [column.stored for column in self.columns]
        inexact = [self._inexact] if self.figures else []
        into = ", ".join(["seq", "timestamp", *stored, *inexact])
        return f"INSERT INTO {self.name} SELECT {into} FROM ({rows})"  # noqa: S608

    @property
    def _inexact(self) -> str:
        """Return the expression for the figures that do not fit, by name, as they came; NULL when all do."""
        unfit = {c.name: f"NOT regexp_full_match({c.name}, '{_FITS}')" for c in self.figures}
        members = ", ".join(f"'{name}', if({is_unfit}, {name}, NULL)" for name, is_unfit in unfit.items())
        any_unfit = " OR ".join(unfit.values())
        return f"if({any_unfit}, json_merge_patch('{{}}', json_object({members})), NULL)"
