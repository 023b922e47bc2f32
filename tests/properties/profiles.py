"""How many examples a property is tried with, and how: quick by default, thorough by night, the same ones in CI.

`HYPOTHESIS_PROFILE=nightly` tries 30 times as many. With `CI=true` the examples are a function of the test, so that an
unchanged tree never turns red. A failure prints a blob that replays it.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

FACTORS: Final = {"default": 1, "nightly": 30}


def tries(count: int) -> int:
    """Return how often to try what is tried `count` times by default."""
    profile = os.environ.get("HYPOTHESIS_PROFILE", "default")
    if profile not in FACTORS:
        raise ValueError(f"HYPOTHESIS_PROFILE={profile} is not known: write one of {', '.join(FACTORS)}")
    return count * FACTORS[profile]


def examples(count: int) -> settings:
    """Return the settings for a property that is tried `count` times by default."""
    return settings(
        max_examples=tries(count),
        deadline=None,
        derandomize=os.environ.get("CI") == "true",
        print_blob=True,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
    )
