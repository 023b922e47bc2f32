"""No property of any test depends on how fast the machine is, or what else it does."""

from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")
