"""Where a page may be written: over an earlier report, and over nothing else."""

import os
from pathlib import Path

import pytest

from capi.cli.reporting.page_file import MARK
from tests.reading.asking import PAPER, call, refused
from tests.reading.stage import ShownStage


def written(path: str) -> str:
    """Write a page and return it."""
    done = call("report", *PAPER, "--out", path)
    assert done.exit_code == 0, done.stderr
    assert f"The page is {path}." in done.stdout
    return Path(path).read_text()


def test_a_report_is_replaced_in_one_step(closed: ShownStage) -> None:
    assert MARK in written("report.html")
    Path("report.html").write_text(f"<!doctype html>{MARK} of yesterday")
    assert "of yesterday" not in written("report.html")
    assert [path.name for path in Path.cwd().iterdir() if path.name != "data"] == ["report.html"]


@pytest.mark.parametrize("content", [b"", b"<!doctype html><p>my thesis", b"\xff\x00", b" " * 600 + MARK.encode()])
def test_anything_else_is_left_alone(seen: ShownStage, content: bytes) -> None:
    path = Path("thesis.html")
    path.write_bytes(content)
    refused(1, "thesis.html: exists and is no report of capi", "report", *PAPER, "--out", "thesis.html")
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["capi.toml", "report", "data", ".html/..", ""])
def test_a_name_that_is_none_of_a_page_is_usage(seen: ShownStage, name: str) -> None:
    refused(2, "write a name that ends in .html", "report", *PAPER, "--out", name)


def test_what_is_no_plain_file_is_left_alone(seen: ShownStage) -> None:
    Path("folder.html").mkdir()
    Path("link.html").symlink_to("nowhere")
    os.mkfifo("pipe.html")
    for name in ("folder.html", "link.html", "pipe.html"):
        refused(1, f"{name}: is no plain file", "report", *PAPER, "--out", name)


@pytest.mark.parametrize("folder", ["none", "/proc"])  # not there; takes no files, not even root's
def test_a_folder_that_takes_no_file(seen: ShownStage, folder: str) -> None:
    refused(
        1,
        "report.html: cannot be written (No such file or directory)",
        "report",
        *PAPER,
        "--out",
        f"{folder}/report.html",
    )
