"""docs/serve.md: what it lists is there, and its examples run."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from capi.cli.serve.control_bodies import Fault
from capi.cli.serve.endpoints import ENDPOINTS
from capi.cli.serve.faults import EXECUTED, KINDS
from tests.serve.client import Client, eventually

TEXT: Final = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")
ROWS: Final = [
    [cell.strip() for cell in line.strip("| ").split(" | ")] for line in TEXT.splitlines() if line[:1] == "|"
]

TOOLS: Final = ("bash", "curl", "date", "openssl", "sed")


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_every_endpoint_is_listed() -> None:
    listed = {
        (method.strip(), path)
        for methods, paths in (row for row in ROWS if len(row) == 2 and "`/fapi/" in row[1])
        for method in methods.split(",")
        for path in re.findall(r"`(/fapi/[^`]+)`", paths)
    }
    assert listed == set(ENDPOINTS)


def test_every_fault_is_listed_with_what_it_does() -> None:
    listed = {row[0].strip("`"): row[2] == "yes" for row in ROWS if len(row) == 3 and row[2] in ("yes", "no")}
    assert listed == {kind: kind in EXECUTED for kind in KINDS if kind != "late"}
    (row,) = (row for row in ROWS if row[0] == "`POST /control/fault`")
    assert set(re.findall(r"`(\w+)`", row[1])) == set(Fault.model_fields)


def test_every_control_request_is_listed(client: Client) -> None:
    listed = {row[0].strip("`") for row in ROWS if "/control/" in row[0]}
    assert listed == set(client.http.get("/control").json())


def holds(client: Client, quantity: str) -> bool:
    return bool(client.position()["positionAmt"] == quantity)


def test_the_python_examples_trade(client: Client) -> None:
    for number, example in enumerate(examples("python"), 1):
        exec(example.replace("127.0.0.1:9000", client.exchange.rest_url.removeprefix("http://")), {})  # noqa: S102
        eventually(partial(holds, client, f"0.0{number}0"))


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="one of the example's tools is not here")
def test_the_shell_examples_trade(client: Client) -> None:
    for example, said in zip(examples("sh"), ('"status": "FILLED"', '"waiting": 1'), strict=True):
        script = example.replace("http://127.0.0.1:9000", client.exchange.rest_url)
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20, check=True)
        assert said in done.stdout
