from pathlib import Path

import pytest

from capi.cli.doctor import machine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests here reach the exchange that they serve on this machine, and nothing else."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be found quick, as this machine may be busy; it is written to all the same."""
    sync = machine._sync_times_ms
    monkeypatch.setattr(machine, "_sync_times_ms", lambda folder: [min(took, 1.0) for took in sync(folder)])
