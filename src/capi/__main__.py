"""The program's first step, before anything that takes time is loaded: a Ctrl-C then ends it with a word, too."""

import sys


def main() -> None:
    """Load the program and run it."""
    try:
        from capi.cli.main import main as program

        program()
    except KeyboardInterrupt:
        sys.stderr.write("capi: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
