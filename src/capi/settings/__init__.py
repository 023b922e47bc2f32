"""The configuration: capi.toml, secrets, environment and flags, parsed once into values that cannot be wrong."""

from capi.settings.errors import ConfigError
from capi.settings.load import load_settings, overlay
from capi.settings.model import Settings
from capi.settings.origin import Origin, origin

__all__ = ["ConfigError", "Origin", "Settings", "load_settings", "origin", "overlay"]
