"""The file of a page: written whole or not at all, and never over anything but an earlier report."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from capi.cli.output import FAILED, USAGE, fail, printable

MARK: Final = '<meta name="generator" content="capi report">'
"""By this, near its beginning, a page of ours is known."""
_BEGINNING: Final = 512


def check_page(path: Path) -> None:
    """End with a sentence when a page may not be written there: asked before the work is done, and again after it."""
    name = printable(str(path))
    if path.suffix.lower() not in (".html", ".htm"):
        fail(f"--out {name}: a report is an HTML file; write a name that ends in .html", USAGE)
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_file():
        fail(f"--out {name}: is no plain file; write another name", FAILED)
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError as error:
        fail(
            f"--out {name}: cannot be read ({error.strerror or error}); correct its rights, or write another name",
            FAILED,
        )
    if MARK.encode() not in beginning:
        fail(f"--out {name}: exists and is no report of capi; write another name, or remove it", FAILED)


def write_page(path: Path, page: str) -> None:
    """Put the page there in one step; a report that was there is replaced. Ends with a sentence when it cannot be."""
    check_page(path)
    try:
        with NamedTemporaryFile("w", dir=path.parent, prefix=".capi-report-", encoding="utf-8", delete=False) as file:
            written = Path(file.name)
            try:
                file.write(page)
                file.flush()
                written.replace(path)
            finally:
                written.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        fail(f"--out {printable(str(path))}: cannot be written ({why}); correct path, rights or disk", FAILED)
