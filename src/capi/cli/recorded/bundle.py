"""A bundle: one compressed file with what an incident can be looked into from, on another machine.

Written whole and then put in place, readable by its owner alone. Read with care: it comes from somebody else, so only
the members that are known by name are taken out, as plain files.
"""

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

SCHEMA: Final = "capi.incident/1"
MANIFEST: Final = "manifest.json"
JOURNAL: Final = "journal.jsonl"
MANIFEST_BYTES_MAX: Final = 1 << 20
_LEVEL: Final = 6
_BLOCK: Final = 1 << 20


class BundleError(Exception):
    """Why a bundle cannot be read, and what to do: one sentence."""


def write_bundle(path: Path, manifest: Mapping[str, Any], files: Mapping[str, Path | bytes]) -> None:
    """Write a bundle of `files` (name: content, or the file with it). Raises OSError, FileExistsError among them."""
    listed = [{"name": name, **_figures(content)} for name, content in files.items()]
    document = json.dumps({"schema": SCHEMA, **manifest, "files": listed}, indent=2).encode()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as tar:
            for name, content in {MANIFEST: document, **files}.items():
                _add(tar, name, content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _figures(content: Path | bytes) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with _opened(content) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _add(tar: tarfile.TarFile, name: str, content: Path | bytes) -> None:
    info = tarfile.TarInfo(name)
    info.mode, info.size = 0o600, content.stat().st_size if isinstance(content, Path) else len(content)
    with _opened(content) as file:
        tar.addfile(info, file)


def _opened(content: Path | bytes) -> BinaryIO:
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content)


@contextmanager
def opened_bundle(path: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield a bundle's manifest and its journal, taken out into a folder of its own. Raises OSError and BundleError."""
    with TemporaryDirectory(prefix="capi-") as folder:
        journal = Path(folder) / JOURNAL
        try:
            with tarfile.open(path, "r:gz") as tar:
                manifest = _manifest(path, tar)
                _take_out(path, tar, journal)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise BundleError(f"{path}: no bundle, or cut short ({error}); have it made or sent again") from None
        yield manifest, journal


def _manifest(path: Path, tar: tarfile.TarFile) -> dict[str, Any]:
    with _member(path, tar, MANIFEST) as file:
        document = file.read(MANIFEST_BYTES_MAX)
    try:
        manifest = json.loads(document)
    except ValueError as error:
        raise BundleError(f"{path}: its manifest is not JSON ({error}); have it made again") from None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise BundleError(f"{path}: no bundle of this version ({SCHEMA}); read it with the version that wrote it")
    return manifest


def _take_out(path: Path, tar: tarfile.TarFile, to: Path) -> None:
    with _member(path, tar, JOURNAL) as file, to.open("wb") as out:
        while block := file.read(_BLOCK):
            out.write(block)


def _member(path: Path, tar: tarfile.TarFile, name: str) -> BinaryIO:
    try:
        info = tar.getmember(name)
    except KeyError:
        raise BundleError(f"{path}: it holds no {name}; name a file that capi incident wrote") from None
    file = tar.extractfile(info) if info.isreg() else None
    if file is None:
        raise BundleError(f"{path}: its {name} is no plain file; name a file that capi incident wrote")
    return file  # type: ignore[return-value]  # an ExFileObject reads bytes, as a BinaryIO does
