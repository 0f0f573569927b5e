"""`python -m hotloop_interp script.py args`: run a program by the interpreter.

Also `-m module args`. What `runpy` does is interpreted too; imports run natively. It is slow: for
comparing with CPython, not for use.
"""

from __future__ import annotations

import builtins
import io
import runpy
import sys
from pathlib import Path
from types import ModuleType

from hotloop_interp.interpret import run
from hotloop_interp.sealed import seal

seal(globals())

USAGE = "usage: python -m hotloop_interp (script.py | -m module) [argument ...]"


def main(arguments: list[str]) -> int:
    """Run the program that the command line names; the exit status where it is not one."""
    if not arguments or arguments == ["-m"] or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stderr)
        return 2
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        run(runpy.run_module, arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        run_script(Path(arguments[0]))
    return 0


def run_script(path: Path) -> None:
    """Execute a file as `__main__`, its folder first in `sys.path`."""
    sys.path[0] = str(path.resolve().parent)
    with io.open_code(str(path)) as file:
        code = compile(file.read(), str(path), "exec")
    main_module = ModuleType("__main__")
    main_module.__dict__.update(__file__=str(path), __builtins__=builtins)
    sys.modules["__main__"] = main_module
    run(exec, code, main_module.__dict__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
