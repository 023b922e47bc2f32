"""Which file is this: recognised by its columns alone, never by its name.

With a header, by the names in it, in any order. Without one (Binance Vision wrote none up to 2021-12), by the number of
columns and by what stands in the last one. Source: Binance Vision's files, as published; our own format is
`timestamp_ms,bid,ask[,bid_qty,ask_qty]` and always has its header.
"""

from collections.abc import Sequence
from typing import Final, Literal

from capi.adapters.prices.report import PricesError, quoted
from capi.core.value import record

Kind = Literal["quotes", "bookTicker", "trades", "aggTrades", "klines"]

VISION: Final[dict[Kind, tuple[str, ...]]] = {
    "bookTicker": (
        "update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty", "transaction_time",
        "event_time",
    ),
    "trades": ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker"),
    "aggTrades": (
        "agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time", "is_buyer_maker",
    ),
    "klines": (
        "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count",
        "taker_buy_volume", "taker_buy_quote_volume", "ignore",
    ),
}  # fmt: skip
"""All columns of Binance Vision's files, in their order."""

NEEDED: Final[dict[Kind, tuple[str, ...]]] = {
    "quotes": ("timestamp_ms", "bid", "ask"),
    "bookTicker": ("transaction_time", "best_bid_price", "best_ask_price", "best_bid_qty", "best_ask_qty"),
    "trades": ("time", "price", "qty", "is_buyer_maker"),
    "aggTrades": ("transact_time", "price", "quantity", "is_buyer_maker"),
    "klines": ("open_time", "open", "high", "low", "close", "volume", "close_time"),
}
"""The columns that are read; the first is the row's time. A table that has all of a kind's is of that kind."""

OPTIONAL: Final[dict[Kind, tuple[str, ...]]] = {"quotes": ("bid_qty", "ask_qty")}
"""Read when all of them are there."""
SIDE: Final = "is_buyer_maker"
TIME_COLUMNS: Final = frozenset(
    {"timestamp_ms", "transaction_time", "time", "transact_time", "open_time", "close_time"}
)


@record
class Layout:
    """Where the columns that are read stand. `columns[i]` stands at `places[i]` of a row `width` cells wide."""

    kind: Kind
    columns: tuple[str, ...]
    places: tuple[int, ...]
    width: int
    has_header: bool
    ignored: tuple[str, ...]


def recognise(first_row: Sequence[str], where: str) -> Layout:
    """Return the layout of a table of text, from its first row. PricesError: no kind has these columns."""
    cells = [cell.strip(' "') for cell in first_row]
    if not cells[0].isdigit():
        return recognise_columns(cells, where)
    kind = _kind_without_header(cells)
    if kind is None:
        raise PricesError(
            f"{where}: {len(cells)} columns without a header are of no known format: put a header line first, "
            "such as timestamp_ms,bid,ask."
        )
    return _layout(kind, VISION[kind], has_header=False)


def recognise_columns(names: Sequence[str], where: str) -> Layout:
    """Return the layout of a table with these column names. PricesError: no kind has these columns."""
    found = tuple(name.strip().lower() for name in names)
    for kind, needed in NEEDED.items():
        if set(needed) <= set(found):
            if len(set(found)) < len(found):
                names = quoted(",".join(found))
                raise PricesError(f"{where}: a column name stands twice in {names}: rename or remove one.")
            return _layout(kind, found, has_header=True)
    known = "; ".join(f"{kind}: {','.join(needed)}" for kind, needed in NEEDED.items())
    shown = quoted(",".join(found))
    raise PricesError(f"{where}: unknown columns '{shown}': one of these sets is needed, with its names: {known}.")


def _kind_without_header(cells: Sequence[str]) -> Kind | None:
    ends_with_side = cells[-1].lower() in ("true", "false")
    for kind, columns in VISION.items():
        if len(cells) == len(columns) and ends_with_side == (columns[-1] == "is_buyer_maker"):
            return kind
    return None


def _layout(kind: Kind, found: tuple[str, ...], *, has_header: bool) -> Layout:
    optional = OPTIONAL.get(kind, ())
    columns = NEEDED[kind] + (optional if set(optional) <= set(found) else ())
    known = {*columns, *VISION.get(kind, ())}
    return Layout(
        kind=kind,
        columns=columns,
        places=tuple(found.index(name) for name in columns),
        width=len(found),
        has_header=has_header,
        ignored=tuple(name for name in found if name not in known),
    )
