"""The cells of a block of text as doubles, at once, where no digit can be lost on the way.

Only plain numbers of at most 15 digits count (a double holds those, and its shortest text gives them back), times of 12
or 13 digits, and `true` and `false` for the side, with every cell of every row present. For anything else the answer is
None.
"""

from io import BytesIO
from typing import Final

import numpy as np

from capi.adapters.prices.formats import SIDE, TIME_COLUMNS, Layout
from capi.adapters.prices.vectors import Matrix

_CELL_LENGTH_MAX: Final = 15  # digits and point
_PLAIN: Final = b"0123456789.,\n"
_COMMA, _NEWLINE, _POINT = ord(","), ord("\n"), ord(".")
_TRUE, _FALSE = b"-1", b"-2"  # no other cell has a sign


def matrix_of(block: str, layout: Layout) -> Matrix | None:
    """Return the columns that the layout reads, the side as 1 and 0; None when a cell is not plain."""
    raw = block.removesuffix("\n").encode("ascii", "replace")
    words = raw.replace(b"true", b"").replace(b"false", b"") if SIDE in layout.columns else raw
    if not raw or words.translate(None, _PLAIN) or b",." in raw or b"\n." in raw or raw[0] == _POINT:
        return None
    raw = raw.replace(b"true", _TRUE).replace(b"false", _FALSE)
    lengths = _cell_lengths(raw, layout.width)
    if lengths is None or int(lengths.max()) > _CELL_LENGTH_MAX or int(lengths.min()) == 0:
        return None
    try:
        cells = np.loadtxt(BytesIO(raw), delimiter=",", usecols=layout.places, unpack=True, ndmin=2, comments=None)
    except ValueError:  # two points in a cell, or a word within a number
        return None
    for cell, place, name in zip(cells, layout.places, layout.columns, strict=True):
        # A time is its digits alone: as many as its cell is long.
        if name in TIME_COLUMNS and not bool((cell >= 10.0 ** (lengths[:, place] - 1)).all()):
            return None
        if name == SIDE:
            if not bool(((cell == -1) | (cell == -2)).all()):
                return None
            cell += 2
    return tuple(np.ascontiguousarray(cell) for cell in cells)


def _cell_lengths(raw: bytes, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]] | None:
    """Return how long each cell is, a row a line; None when a line has another number of cells."""
    codes = np.frombuffer(raw, dtype=np.uint8)
    ends = np.append(np.flatnonzero((codes == _COMMA) | (codes == _NEWLINE)), len(codes))
    if len(ends) % width:
        return None
    is_line_end = np.append(codes[ends[:-1]] == _NEWLINE, True).reshape(-1, width)
    if not bool(is_line_end[:, -1].all()) or bool(is_line_end[:, :-1].any()):
        return None
    return (np.diff(ends, prepend=-1) - 1).reshape(-1, width)
