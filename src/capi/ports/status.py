"""Showing what is the case now, to whoever looks."""

from collections.abc import Mapping
from typing import Any, Protocol


class Status(Protocol):
    """One document, replaced as a whole: a reader sees the one before or the one after, never half of one."""

    def replace(self, document: Mapping[str, Any]) -> None:
        """Put this document in place of the last one; Decimals become text. Raises OSError when it cannot."""
        ...
