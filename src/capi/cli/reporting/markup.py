"""HTML and SVG as text, in which nothing that came from outside can be more than text."""

from collections.abc import Iterable, Sequence
from html import escape

from capi.cli.output import printable


def text(value: object) -> str:
    """Return a value as text of a page: no markup in it, and nothing that cannot be seen."""
    return escape(printable(str(value)))


def element(name: str, *content: str, **attributes: object) -> str:
    """Return an element around markup. Attributes are escaped; `_` stands for `-` in their names, `css` for class."""
    written = "".join(
        f' {"class" if key == "css" else key.replace("_", "-")}="{text(_short(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(content)}</{name}>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], css: str = "") -> str:
    """Return a table of plain text."""
    head = element("tr", *(element("th", text(column)) for column in columns))
    body = (element("tr", *(element("td", text(cell)) for cell in row)) for row in rows)
    return element("div", element("table", element("thead", head), element("tbody", *body), css=css), css="scroll")


def _short(value: object) -> object:
    """Return a number of pixels with one digit; everything else as it is."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
