"""status.json is replaced as a whole, and what cannot be written is told once and holds nothing up."""

import json
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from capi.adapters.status_file import StatusFile
from tests.reading.stage import ShownStage


def test_a_reader_never_sees_half_of_one(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    file = StatusFile(path)
    file.replace({"number": -1, "filling": "x" * 50_000})
    over = threading.Event()
    read: list[int] = []

    def look() -> None:
        while not over.is_set():
            read.append(json.loads(path.read_text())["number"])

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        file.replace({"number": number, "filling": "x" * 50_000})
    over.set()
    reader.join()
    assert read == sorted(read)
    assert json.loads(path.read_text())["number"] == 299
    assert [one.name for one in tmp_path.iterdir()] == ["status.json"]


def test_decimals_are_text_in_fixed_point_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusFile(path).replace({"a": Decimal("1E-7"), "b": Decimal("1E+3")})
    document = json.loads(path.read_text())
    assert (document["a"], document["b"]) == ("0.0000001", "1000")
    assert document["written_at"].endswith("Z")
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_has_no_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="object has no place"):
        StatusFile(tmp_path / "status.json").replace({"a": object()})


def test_a_status_that_cannot_be_written_is_told_once_and_trading_goes_on(stage: ShownStage) -> None:
    stage.status_path.mkdir()  # nothing can be put in its place
    stage.enter()
    assert stage.exchange.account.qty == Decimal("0.011")
    assert stage.heard.codes.count("status_unwritable") == 1
    assert "Is a directory" in str(stage.board.failure)
    stage.status_path.rmdir()
    stage.run()
    assert str(stage.board.failure) == "None"
    assert [one["code"] for one in stage.shown["alerts"]] == ["status_unwritable"]
