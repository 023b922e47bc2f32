"""What a user without rights is told: where, and what to do."""

import shutil
from pathlib import Path

from tests.cli.run import run_powerless
from tests.reading.stage import ShownStage

PAPER = ("--environment", "paper")


def test_a_journal_that_may_not_be_read(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    for folder in (tmp_path / "data", tmp_path / "data" / "paper", stage.room):
        folder.chmod(0o755)
    done = run_powerless(("orders", *PAPER), tmp_path)
    assert "cannot be read (Permission denied); correct its rights" in done.stderr
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (1, "")


def test_a_folder_that_is_closed(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "paper").chmod(0o700)
    done = run_powerless(("status", *PAPER), tmp_path)
    assert "cannot be read (Permission denied); correct its rights" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_a_replay_where_no_database_can_be_made(stage: ShownStage, tmp_path: Path) -> None:
    stage.enter()
    replay = tmp_path / "replay"
    replay.mkdir()
    shutil.copy(stage.path, replay)
    (replay / "journal.jsonl").chmod(0o644)
    replay.chmod(0o555)
    done = run_powerless(("orders", "--open", "--run", "replay"), tmp_path)
    assert "Traceback" not in done.stderr
    assert "the journal answers instead" in done.stderr
    assert (done.returncode, done.stdout.count("NEW")) == (0, 3)
