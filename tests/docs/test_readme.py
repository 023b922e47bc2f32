"""The README's commands run as they stand there, in an empty folder, and print what stands below them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.cli.run import PROGRAM, environment

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"```(sh|text)\n(.*?)```", README, re.DOTALL)
"""Language and content, in their order: the two commands, what `make paper` shows, then the first real use."""
ELLIPSIS: Final = "…"


def shell(folder: Path, script: str) -> str:
    """Run a script with `capi` on the path and return what it printed. It ends at the first command that fails."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    capi = programs / "capi"
    capi.write_text(f"#!{sys.executable}\n{PROGRAM}\n", encoding="utf-8")
    capi.chmod(0o755)
    variables = environment(PATH=f"{programs}:{os.environ['PATH']}", FIXTURES=str(ROOT / "fixtures"))
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(block: str) -> list[str]:
    """Return the lines that a block promises."""
    return [line for line in block.splitlines() if line != ELLIPSIS]


def test_the_first_real_use_prints_what_the_readme_shows(tmp_path: Path) -> None:
    use = BLOCKS[2 : next(index for index, (_, content) in enumerate(BLOCKS) if "read ──▶" in content)]
    script = "".join(content for language, content in use if language == "sh")
    clone = tmp_path / "clone"
    clone.mkdir()
    printed = shell(clone, script.replace('export PATH="$PWD/.venv/bin:$PATH" FIXTURES="$PWD/fixtures"\n', ""))
    promised = [line for language, content in use if language == "text" for line in shown(content)]
    assert len(promised) == 4
    assert not [line for line in promised if line not in printed.splitlines()]


def test_the_bundled_market_ends_as_the_readme_shows(tmp_path: Path) -> None:
    language, content = BLOCKS[1]
    assert language == "text"
    printed = shell(tmp_path, "capi paper").splitlines()
    assert not [line for line in shown(content) if line not in printed]
