"""`capi paper --serve` as a user starts it: what it says, how it ends, and each bad input's sentence and status."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from capi.cli.main import app
from tests.adapters.prices.files import OWN, write_csv
from tests.cli.run import PROGRAM, environment


@contextmanager
def started(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command on any free port; end it, should it still run."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "paper", "--serve", "0", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the JSON document that it prints at the start."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or lines[-1] != "}\n":
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read() if process.stderr else ""
    document: dict[str, Any] = json.loads("".join(lines))
    return document


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    with started(tmp_path, "--json", "--price", "76915", "--control") as process:
        document = told(process)
        assert (document["key"], document["secret"], document["symbol"]) == ("paper", "paper", "BTCUSDT")
        with httpx.Client(base_url=document["rest_url"], verify=False) as client:  # noqa: S501 -- http
            order = {"side": "BUY", "type": "MARKET", "quantity": "0.010"}
            assert client.post("/control/order", json=order).json()["status"] == "FILLED"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (0, "")
    assert errors == "capi: stopped; equity 9999.6149245 USDT, position 0.01, 0 open orders\n"
    assert list(tmp_path.iterdir()) == []


def test_it_says_where_it_is_and_how_to_sign_until_sigterm(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "REST http://127.0.0.1:" in lines[0]
    assert "streams ws://127.0.0.1:" in lines[0]
    assert 'key "paper", secret "paper"' in lines[1]
    assert "generated market (seed 7)" in lines[1]


def test_configured_keys_are_served_and_not_told(tmp_path: Path) -> None:
    keys = {"CAPI_EXCHANGE__API_KEY": "mine", "CAPI_EXCHANGE__API_SECRET": "hidden"}
    with started(tmp_path, "--json", "--price", "76915", **keys) as process:
        document = told(process)
        address = f"{document['rest_url']}/fapi/v1/listenKey"
        answer = httpx.post(address, headers={"X-MBX-APIKEY": "mine"}, verify=False)  # noqa: S501 -- http
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert answer.status_code == 200
    assert "hidden" not in json.dumps(document) + errors
    assert document.keys() == {"rest_url", "stream_url", "symbol", "control"}


def test_the_end_of_the_prices_is_said_and_the_exchange_stays(tmp_path: Path) -> None:
    rows = [f"{1_764_324_000_000 + at},90849.9,90850,5,5" for at in range(0, 50, 10)] + ["nonsense,1,2,3,4"]
    write_csv(tmp_path / "p.csv", rows, OWN)
    with started(tmp_path, "--json", "--prices", "p.csv", "--speed", "10") as process:
        document = told(process)
        assert process.stderr is not None
        assert "nonsense" in process.stderr.readline()
        assert "come to their end: the market stands still" in process.stderr.readline()
        answer = httpx.get(f"{document['rest_url']}/fapi/v1/ticker/bookTicker", verify=False)  # noqa: S501 -- http
        assert answer.json()[0]["bidPrice"] == "90849.90"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def refused(*arguments: str) -> tuple[int, str]:
    """Run the command here; it ends at once. Return its status and its sentence."""
    result = CliRunner().invoke(app, ["paper", *arguments])
    assert result.stdout == ""
    return result.exit_code, result.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("--serve", str(port), "--price", "100") == (
            1,
            f"capi: port {port} of 127.0.0.1 cannot be used (Address already in use): "
            "end what uses it, name another port, or 0 for any free one\n",
        )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--serve", "70000"], "'--serve'"),
        (["--serve", "abc"], "'--serve'"),
        (["--serve", "0", "--prices", "nix.csv"], "nix.csv: does not exist"),
        (["--serve", "0", "--price", "0"], "no number above zero"),
        (["--serve", "0", "--price", "1e5"], "no number above zero"),
        (["--serve", "0", "--price", "0.01"], "below the tick 0.1"),
        (["--serve", "0", "--price", "100", "--prices", "p.csv"], "--prices has no meaning with --price"),
        (["--serve", "0", "--price", "100", "--speed", "2"], "--speed has no meaning with --price"),
        (["--serve", "0", "--prices", "p.csv", "--seed", "3"], "--seed is of the generated market"),
        (["--serve", "0", "--decisions", "d.jsonl"], "--decisions is of a replay"),
        (["--serve", "0", "--every-pass"], "--every-pass is of a replay"),
        (["--serve", "0", "--instrument", "nix.json"], "nix.json"),
        (["--price", "100"], "--price is of the served exchange"),
        (["--control"], "--control is of the served exchange"),
    ],
)
def test_a_bad_request_is_a_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "p.csv", ["1764324000000,90849.9,90850,5,5"], OWN)
    status, sentence = refused(*arguments)
    assert status == 2
    assert said in sentence


def test_another_symbol_needs_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "capi.toml").write_text('symbol = "ETHUSDT"\n')
    status, sentence = refused("--serve", "0")
    assert status == 2
    assert "the generated market is BTCUSDT, not ETHUSDT: give --prices FILE or --price PRICE" in sentence
