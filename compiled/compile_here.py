"""Compile the modules that are named, in the folder in which this is started: what build.py calls."""

import os
import sys
import sysconfig

from mypyc.build import mypycify
from setuptools import setup

# Python's own flags search for what to warn of, in a hundred megabytes of generated C: four times as long.
sysconfig.get_config_vars().update(CFLAGS="-fwrapv -DNDEBUG", OPT="")
os.environ["MYPYPATH"] = "."
flags = ["--config-file=", "--explicit-package-bases", "--follow-imports=silent"]
extensions = mypycify([*flags, *sys.argv[1:]], opt_level="1", debug_level="0")
setup(name="compiled", ext_modules=extensions, script_args=["--quiet", "build_ext", "--inplace", "--parallel=2"])
