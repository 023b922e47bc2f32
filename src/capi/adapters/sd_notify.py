"""Tell the service manager how the run goes (systemd's sd_notify protocol). Without NOTIFY_SOCKET nothing is said.

`watchdog` is for a pass that has finished, and for nothing else: a process that only lives is no engine that guards.
"""

import os
import socket
from contextlib import suppress
from typing import Final


class ServiceManager:
    """Says READY, STATUS, WATCHDOG and STOPPING. Never blocks, never raises."""

    def __init__(self, address: str | None = None) -> None:
        """`address`: of the manager's socket; None: as the environment says."""
        told = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._address: Final = f"\0{told[1:]}" if told.startswith("@") else told
        self._is_ready = False

    def ready(self, status: str) -> None:
        """Say once that the account was read as a whole and is being looked after."""
        if not self._is_ready:
            self._is_ready = True
            self._say(f"READY=1\nSTATUS={status}")

    def watchdog(self, status: str) -> None:
        """Say that a pass has finished, and how things stand."""
        self._say(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self, status: str) -> None:
        """Say that the run ends."""
        self._say(f"STOPPING=1\nSTATUS={status}")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.setblocking(False)
            speaker.sendto(text.replace("\r", " ").encode(), self._address)
