"""No property of any test depends on how fast the machine is, what else it does, or who began the tests.

Processes that tests start and end with Ctrl-C hear it, although whoever began the tests has it ignored. What runs
against the wall clock gets a second go (ADR 47).
"""

import signal
from typing import Final

import pytest
from hypothesis import is_hypothesis_test, settings

FOLDERS: Final = "binance contract doctor live paper_live reading serve streams telegram"
FILES: Final = "test_decision_json_file.py test_interrupt.py test_kill.py test_live.py test_rebuild.py test_thread.py"
REAL_TIME: Final = frozenset(f"{FOLDERS} {FILES}".split())
"""Folders and files whose tests run processes, threads or sockets. What is drawn by chance never has a second go, there
neither: a failure that goes away with it has been found, not cured."""

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a script starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of REAL_TIME a second go."""
    for item in items:
        is_drawn = is_hypothesis_test(getattr(item, "obj", None))
        if not is_drawn and not REAL_TIME.isdisjoint(item.path.relative_to(item.config.rootpath).parts):
            item.add_marker(pytest.mark.flaky(reruns=1))
