"""What every file of prices gives, whatever it is packed in: pieces of rows, small enough to forget."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from capi.adapters.prices.formats import Kind, Layout
from capi.adapters.prices.report import Cell
from capi.core.value import record

if TYPE_CHECKING:
    from capi.adapters.prices.vectors import Matrix


@record
class Piece:
    """Some rows that stand together, to be taken once. The first is row `first` of `table`.

    `matrix` gives the same cells as numbers, None where that is not exactly the same; `rows` is then still untouched.
    """

    layout: Layout
    table: str  # how a place in it is told: "line", "BTCUSDT.csv line", "row"
    first: int
    rows: Iterable[Sequence[Cell]]
    done: float  # of the whole file, 0 to 1, after these rows
    matrix: "Callable[[], Matrix | None]"


class Source(Protocol):
    """A file that was recognised."""

    @property
    def kind(self) -> Kind:
        """Return what its rows are."""
        ...

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """Return the columns that nothing is known of."""
        ...

    @property
    def rows_estimate(self) -> int:
        """Return about how many rows there are."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """Yield all rows, in pieces. PricesError: it cannot be read to its end."""
        ...
