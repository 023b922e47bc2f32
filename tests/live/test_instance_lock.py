"""One engine a room: who holds the lock is told, a crash frees it, and asking does not take it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from capi.adapters.instance_lock import LOCK_NAME, InstanceRunsError, instance_lock
from capi.cli.reading.alive import is_held
from tests.cli.run import environment

HOLDS = """
import sys
from pathlib import Path
from capi.adapters.instance_lock import instance_lock
with instance_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_one_learns_the_pid_of_the_first_and_does_not_disturb_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(
        command, env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        for _ in range(2):  # the first try must not wipe out what the second one reads
            with pytest.raises(InstanceRunsError) as caught, instance_lock(tmp_path):
                pass
            assert caught.value.pid == process.pid
        assert is_held(tmp_path / LOCK_NAME)
        process.kill()
        process.wait(10)
        with instance_lock(tmp_path):  # a crash has freed it
            assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_the_file_stays_and_says_nothing_without_its_lock(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        assert is_held(tmp_path / LOCK_NAME)
    assert is_held(tmp_path / LOCK_NAME) is False
    (tmp_path / LOCK_NAME).write_text("not a number, and longer than any pid that there could ever be\n")
    with instance_lock(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_a_holder_that_left_no_number_is_another_process(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        (tmp_path / LOCK_NAME).write_text("")
        with pytest.raises(InstanceRunsError, match="unknown") as caught, instance_lock(tmp_path):
            pass
        assert caught.value.pid is None


def test_a_file_where_the_folder_belongs_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), instance_lock(tmp_path / "file"):
        pass
