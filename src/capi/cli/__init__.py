"""The commands: thin, and nothing decides here."""

import gc
from typing import Final

COLLECT_AFTER_OBJECTS: Final = 100_000
"""Imports make many objects that stay: with Python's own 700, looking through them is a tenth of a command's start."""

gc.set_threshold(COLLECT_AFTER_OBJECTS)  # here, as every command begins with importing this package
