"""What the figures were measured on, and a calibration by which those of two machines can be compared."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Effort, computing_us

CPU_FACTS = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine at one moment. `calibration_us`: microseconds of sum(range(1000))."""

    cpu: str
    cores: int
    system: str
    python: str
    load: float  # mean number of running processes in the last minute, before anything was measured
    calibration_us: float

    @property
    def busy(self) -> bool:
        """Return whether others use so much of it that the figures come out too high."""
        return self.load > self.cores / 4


def this_machine(effort: Effort) -> Machine:
    """Return the machine that this runs on."""
    load = os.getloadavg()[0]
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=round(load, 2),
        calibration_us=round(computing_us(lambda: sum(range(1000)), effort), 2),
    )


def lines_of(machine: Machine) -> list[str]:
    """Return the machine in words."""
    lines = [
        f"machine      {machine.cpu}, {machine.cores} cores, {machine.system}, {machine.python}, load {machine.load}",
        f"calibration  sum(range(1000)) takes {machine.calibration_us} µs",
    ]
    if machine.busy:
        lines.append(
            f"warning      the machine is busy (load {machine.load}): times by the clock are too high, others a little"
        )
    return lines


def _cpu() -> str:
    """Return the model's name: from Linux, else what Python knows."""
    if CPU_FACTS.is_file():
        for line in CPU_FACTS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
