"""What the service manager hears: ready after a whole look, alive after passes that finished, and nothing else."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from capi.adapters.sd_notify import ServiceManager
from capi.cli.live.manager import told_to_manager
from capi.engine.attempt import Failed
from capi.engine.report import PassReport
from tests.engine.stage import Stage


class Manager:
    """The other end of the socket."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.settimeout(5)

    def heard(self) -> list[str]:
        """Return what was said since the last call."""
        said = []
        self.socket.setblocking(False)
        while True:
            try:
                said.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return said


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    there = Manager(tmp_path / "notify")
    yield there
    there.socket.close()


def nothing(report: PassReport, seconds: float) -> None:
    """Record nothing."""


def test_ready_once_and_alive_after_each_finished_pass(tmp_path: Path, manager: Manager) -> None:
    stage = Stage(tmp_path)
    told = told_to_manager(nothing, ServiceManager(manager.address))
    told(stage.run(), 0.1)
    told(stage.run(), 0.1)
    ready, alive, again = manager.heard()
    assert ready == "READY=1\nSTATUS=NO_POSITION, position 0, guard none"
    assert alive == again == "WATCHDOG=1\nSTATUS=NO_POSITION, position 0, guard none"


def test_a_pass_that_raised_is_no_sign_of_life(tmp_path: Path, manager: Manager) -> None:
    stage = Stage(tmp_path)
    told = told_to_manager(nothing, ServiceManager(manager.address))
    told(stage.engine.pass_failed(Failed("ValueError: a bug", ())), 0.1)
    assert manager.heard() == []


def test_recording_that_fails_is_no_hung_engine(tmp_path: Path, manager: Manager) -> None:
    def broken(report: PassReport, seconds: float) -> None:
        raise KeyError("a bug")

    told = told_to_manager(broken, ServiceManager(manager.address))
    with pytest.raises(KeyError):
        told(Stage(tmp_path).run(), 0.1)
    assert len(manager.heard()) == 2


def test_it_says_that_it_ends(manager: Manager) -> None:
    ServiceManager(manager.address).stopping("the run ends")
    assert manager.heard() == ["STOPPING=1\nSTATUS=the run ends"]


def test_without_a_manager_or_with_one_that_is_gone_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    ServiceManager().watchdog("fine")
    ServiceManager(str(tmp_path / "gone")).watchdog("fine")


def test_the_address_comes_from_the_environment(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    ServiceManager().watchdog("fine")
    assert manager.heard() == ["WATCHDOG=1\nSTATUS=fine"]


def test_an_abstract_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind("\0capi-test-notify")
        monkeypatch.setenv("NOTIFY_SOCKET", "@capi-test-notify")
        ServiceManager().watchdog("fine")
        assert there.recv(100) == b"WATCHDOG=1\nSTATUS=fine"
