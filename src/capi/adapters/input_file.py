"""Files that a command is given: read whole within a limit, or refused in one sentence with the path and the cure."""

from pathlib import Path

from capi.adapters.fields import InputError


def read_input(path: Path, bytes_max: int) -> bytes:
    """Return a file's bytes; pipes are read too. Raises InputError; never reads more than `bytes_max` + 1 bytes."""
    try:
        with path.open("rb") as file:
            document = file.read(bytes_max + 1)
    except OSError as error:
        raise unreadable_path(path, error) from error
    if len(document) > bytes_max:
        raise InputError(f"{path}: is longer than {bytes_max:,} bytes, the most that is read; name another file")
    return document


def unreadable_path(path: Path, error: OSError) -> InputError:
    """Return why a path cannot be read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path}: no such file; check the path")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{path}: is a directory; name a file in it")
    if isinstance(error, PermissionError):
        return InputError(f"{path}: permission denied; give read rights to the user who runs capi")
    return InputError(f"{path}: {(error.strerror or 'not readable').lower()}; name another file")
