"""How sharp the core's tests are: mutmut changes the code, and each change that no test notices is shown.

`make mutate` runs it. What is changed and which tests are asked stands in pyproject.toml ([tool.mutmut]); what is known
of the survivors, in docs/testing.md. Ends with status 1 when the score is below 85 %.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MUTANTS: Final = ROOT / "mutants"
MUTMUT: Final = str(Path(sys.executable).with_name("mutmut"))
SCORE_MIN: Final = 85.0


def main() -> int:
    """Run it all anew; return the exit status."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    ran = subprocess.run([MUTMUT, "run"], cwd=ROOT, check=False)
    if ran.returncode:
        print("mutmut could not run: its own words stand above.")
        return 1
    survivors = [line.split(":")[0].strip() for line in _told("results").splitlines() if line.endswith("survived")]
    for name in survivors:
        changes = [
            line for line in _told("show", name).splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        print("\n".join([f"\n{name}", *changes]))
    score = _score()
    print(f"\nscore {score:.1f} %, at least {SCORE_MIN:.0f} % is asked; {len(survivors)} survived")
    return 0 if score >= SCORE_MIN else 1


def _score() -> float:
    """Return which part of the mutants a test noticed: by failing, or by not coming to its end."""
    _told("export-cicd-stats")
    stats = json.loads((MUTANTS / "mutmut-cicd-stats.json").read_text())
    noticed = stats["killed"] + stats["timeout"] + stats["segfault"]
    return float(100 * noticed / stats["total"])


def _told(*arguments: str) -> str:
    return subprocess.run([MUTMUT, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
