"""`capi run` as a process with all that it listens to: streams, the decision file, the inbox, the service manager."""

import signal
import socket
from pathlib import Path

from tests.live.processes import engine, read_until, rest_of
from tests.live.stage import Setting, position, resting
from tests.serve.served import served

SLOW = {"loop": {"interval_seconds": 30}}
"""An interval that no test waits for: whatever happens was called for."""


class Managed(Setting):
    """A setting whose engine has a service manager."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the secrets, and the manager's address."""
        return {**super().environment, "NOTIFY_SOCKET": str(self.folder.parent / "notify")}


def test_what_calls_for_a_pass_gets_one(tmp_path: Path) -> None:
    """File, fill and commands are acted on long before the interval is over; each finished pass is a sign of life."""
    with served() as venue, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(25)  # within the interval
        user = Managed(venue, tmp_path / "user", SLOW)
        looked = user.capi("reconcile")  # flat is confirmed, and what the first start reads is known
        assert looked.exit_code == 0, looked.stderr
        with engine(user) as process:
            while not manager.recv(4096).decode().startswith("READY=1\nSTATUS=NO_POSITION"):
                pass  # the streams may connect while the first look is read: then it is not a whole one
            for number in range(1, 5):  # leverage and margin mode are read back at the next passes
                user.decide(f"d{number}")
                read_until(process, "Z ")
            user.decide("d9", entry_zone=[76800.0, 76880.0])  # an entry of d4, if it rests already, does not serve it
            read_until(process, "place_order capi_entry_d9")
            venue.price("76830.0", "76830.1")
            read_until(process, "place_order capi_tp2_d9")
            result = user.capi("flatten", "--yes")
            assert result.exit_code == 0, result.stderr
            assert position(venue) == 0
            assert resting(venue) == {}
            process.send_signal(signal.SIGTERM)
            said = rest_of(process)
        assert process.returncode == 0, said
        heard = all_of(manager)
        assert "STOPPING=1\nSTATUS=the run ends" in heard
        assert sum(one.startswith("WATCHDOG=1") for one in heard) >= 4


def all_of(manager: socket.socket) -> list[str]:
    """Return what was said and not heard yet."""
    manager.setblocking(False)
    heard = []
    while True:
        try:
            heard.append(manager.recv(4096).decode())
        except BlockingIOError:
            return heard
