"""Start one command and say what it took, as one JSON line: seconds, peak memory in MB, exit status, stdout.

A process of its own, and a small one: on Linux a child's peak begins with the memory of whoever started it.

Usage: python child.py COMMAND [ARGUMENT…]
"""

import json
import os
import subprocess
import sys
import time

MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    """Run the command of the arguments to its end."""
    began = time.perf_counter()
    with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        stdout = child.stdout.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = usage.ru_maxrss * MAXRSS_UNIT_BYTES / 1e6
    answer = {"seconds": seconds, "peak_mb": peak_mb, "status": child.returncode, "stdout": stdout}
    sys.stdout.write(json.dumps(answer) + "\n")


main()
