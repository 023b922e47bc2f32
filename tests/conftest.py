"""No property of any test depends on how fast the machine is, what else it does, or who began the tests.

Processes that tests start and end with Ctrl-C hear it, although whoever began the tests has it ignored.
"""

import signal

from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a script starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
