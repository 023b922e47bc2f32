"""Bundles: all that is needed to plan the past again elsewhere, and nothing that opens the account."""

import gzip
import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from capi.cli.recorded.again import plans_again
from capi.cli.recorded.excerpt import excerpt, part_since
from capi.engine import planned
from tests.recorded.stage import UP_AND_BACK, Recorded, all_same
from tests.recorded.user import User

KEY = "aKeyThatIsAsLongAsTheExchangesOwn0123456789"
SECRETS = {
    "CAPI_EXCHANGE__API_KEY": KEY,
    "CAPI_EXCHANGE__API_SECRET": "aSecretThatIsAsLongAsTheExchangesOwn0123456",
    "CAPI_TELEGRAM__TOKEN": "123456789:anotherTokenOfTheRightLengthAndForm",
}


def members(bundle: Path) -> dict[str, bytes]:
    with tarfile.open(bundle) as tar:
        return {info.name: file.read() for info in tar if (file := tar.extractfile(info)) is not None}


def test_a_bundle_is_planned_again_on_another_machine(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    user, other = User(tmp_path / "here"), User(tmp_path / "there", path=UP_AND_BACK[:1])
    bundle = tmp_path / "bundle.tar.gz"
    result = user.capi("incident", "--run", "1", "--out", str(bundle))
    assert result.exit_code == 0
    assert f"capi replay --bundle {bundle}" in result.stdout
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    count = len(user.stage.named("pass"))
    assert other.capi("replay", "--bundle", str(bundle)).stdout == f"{count} passes planned again, all as recorded.\n"
    manifest = json.loads(members(bundle)["manifest.json"])
    assert manifest["versions"]["capi"] == "0.1.0"
    assert {file["name"] for file in manifest["files"]} == {"journal.jsonl", "capi.toml"}
    again = user.capi("incident", "--run", "1", "--out", str(bundle))
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_no_secret_goes_along_wherever_it_stood(tmp_path: Path) -> None:
    user = User(tmp_path)
    told = f"the proxy said: X-MBX-APIKEY {KEY}, token {SECRETS['CAPI_TELEGRAM__TOKEN']}"
    user.rewrite("long 0.011 has no backstop", told)
    (user.room / "status.json").write_text(json.dumps({"last": SECRETS["CAPI_EXCHANGE__API_SECRET"]}))
    bundle = tmp_path / "b.tar.gz"
    assert user.capi("incident", "--run", "1", "--out", str(bundle), **SECRETS).exit_code == 0
    found = members(bundle)
    assert set(found) == {"manifest.json", "journal.jsonl", "capi.toml", "status.json"}
    for secret in SECRETS.values():
        part = secret[10:26].encode()
        assert not [name for name, content in found.items() if part in content]
        assert part not in gzip.decompress(bundle.read_bytes())
    assert b"the proxy said: X-MBX-APIKEY [redacted], token [redacted]" in found["journal.jsonl"]
    assert json.loads(found["manifest.json"])["redacted"] == 5
    assert b"api_key: set" in found["capi.toml"]


def test_a_private_key_of_several_lines(tmp_path: Path) -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"
    from capi.cli.recorded.redacted import Redaction

    redaction = Redaction(frozenset({f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n", ""}))
    assert redaction.of(f'{{"error":"bad {line} here"}}') == '{"error":"bad [redacted] here"}'
    assert redaction.of("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_only_the_wanted_part_of_a_long_journal_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "WHOLE_EVERY", 4)
    stage = Recorded(tmp_path)
    stage.live()
    passes = [event["at_ms"] for event in stage.named("pass")]
    since_ms = passes[-2]
    part = part_since(stage.journal.events(), since_ms)
    left_out: list[None] = []
    kept = list(excerpt(stage.journal.events(), part, lambda: left_out.append(None)))
    assert [event["seq"] for event in kept] == [event["seq"] for event in stage.kept()]
    assert part.begins_ms in passes[1:-1]
    assert len(left_out) == sum(event["event"] == "left_out" for event in kept) > 0
    plans = list(plans_again(kept))
    assert all_same(plans)
    assert plans[0].at_ms == part.begins_ms
    assert plans[0].at_ms <= since_ms


def test_a_bundle_of_a_past_before_views_were_recorded_says_so(tmp_path: Path) -> None:
    user = User(tmp_path)
    user.forget_views()
    result = user.capi("incident", "--run", "1", "--out", str(tmp_path / "b.tar.gz"))
    assert result.exit_code == 0
    assert "none can be planned again" in result.stdout
    assert json.loads(members(tmp_path / "b.tar.gz")["manifest.json"])["plannable_from"] is None


def write_bundle(path: Path, **members: bytes | None) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))


MANIFEST = b'{"schema": "capi.incident/1"}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "it holds no manifest.json"),
        ({"manifest_json": MANIFEST}, "it holds no journal.jsonl"),
        ({"manifest_json": b"{"}, "its manifest is not JSON"),
        ({"manifest_json": b'{"schema": "capi.incident/9"}'}, "no bundle of this version"),
        ({"manifest_json": MANIFEST, "journal_jsonl": None}, "its journal.jsonl is no plain file"),
    ],
)
def test_a_file_that_is_no_bundle(tmp_path: Path, content: dict[str, bytes | None], said: str) -> None:
    user = User(tmp_path, path=UP_AND_BACK[:1])
    path = tmp_path / "b.tar.gz"
    write_bundle(path, **content)
    result = user.capi("replay", "--bundle", str(path))
    assert result.exit_code == 2
    assert f"{path}: {said}" in result.stderr


def test_a_bundle_that_is_cut_or_missing(tmp_path: Path) -> None:
    user = User(tmp_path)
    path = tmp_path / "b.tar.gz"
    assert user.capi("incident", "--run", "1", "--out", str(path)).exit_code == 0
    path.write_bytes(path.read_bytes()[:-900])
    result = user.capi("replay", "--bundle", str(path))
    assert result.exit_code == 2
    assert "cut short" in result.stderr
    assert "cannot be read" in user.capi("replay", "--bundle", str(tmp_path / "nix")).stderr
    result = user.capi("incident", "--run", "1", "--out", str(tmp_path / "no" / "b.tar.gz"))
    assert result.exit_code == 1
    assert not (tmp_path / "no").exists()
