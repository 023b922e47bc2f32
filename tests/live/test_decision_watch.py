"""Whoever waits is woken soon after the decision file or the inbox changed, however it was written."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capi.adapters.decision_watch import Watch

PATIENCE_SECONDS = 10.0


@contextmanager
def watched(*paths: Path) -> Iterator[Callable[[], bool]]:
    """Watch paths until the block ends; yield what waits for the next wake, each of which counts."""
    wakes = threading.Semaphore(0)
    watch = Watch(paths, wakes.release)
    watch.start()
    try:
        yield lambda: wakes.acquire(timeout=PATIENCE_SECONDS)
    finally:
        watch.close()


def rename(path: Path) -> None:
    beside = path.with_suffix(".new")
    beside.write_text("renamed into place")
    beside.replace(path)


def overwrite(path: Path) -> None:
    path.write_text("overwritten")


def touch_later(path: Path) -> None:
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))


@pytest.mark.parametrize("change", [rename, overwrite, touch_later, Path.unlink])
def test_a_change_wakes(tmp_path: Path, change: object) -> None:
    path = tmp_path / "decision.json"
    path.write_text("first")
    with watched(path) as woken:
        assert callable(change)
        change(path)
        assert woken()


def test_it_wakes_once_more_when_nothing_changes_any_more(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    path.write_text("first")
    with watched(path) as woken:
        overwrite(path)
        assert woken()
        assert woken()


def test_a_folder_that_comes_later_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "decision.json"
    with watched(path) as woken:
        path.parent.mkdir(parents=True)
        path.write_text("here")
        assert woken()


def test_a_file_behind_a_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "decision.json"
    target.write_text("first")
    link = tmp_path / "decision.json"
    link.symlink_to(target)
    with watched(link) as woken:
        rename(target)
        assert woken()


def test_what_is_put_into_a_folder_is_seen(tmp_path: Path) -> None:
    with watched(tmp_path / "decision.json", tmp_path) as woken:
        (tmp_path / "command.json").touch()
        assert woken()


def test_its_thread_ends_with_it(tmp_path: Path) -> None:
    with watched(tmp_path / "decision.json"):
        assert any(thread.name == "watch" for thread in threading.enumerate())
    assert not any(thread.name == "watch" for thread in threading.enumerate())
