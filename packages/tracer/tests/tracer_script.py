"""Run a script as ``__main__``, its traces recorded and run by the evaluator: no machine code.

    python packages/tracer/tests/tracer_script.py SCRIPT [ARGUMENTS]

The last line on stderr says how many traces were recorded, and how many rounds of loops they ran.
"""

from __future__ import annotations

import builtins
import os
import sys
import types

from tracer_vm import MiniJit

from hotloop_interp.frame import Frame


def run(path: str, arguments: list[str]) -> None:
    """Everything is recorded at the second pass. Raises what the script raises."""
    vm = MiniJit(threshold=2, bridge_threshold=2, entries=True, limit=10**9)
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    main = types.ModuleType("__main__")
    main.__file__ = path
    vars(main)["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.argv = [path, *arguments]
    sys.path[0] = os.path.dirname(path)
    frame: Frame[object] = Frame(code, vars(main), vars(builtins), [], f_locals=vars(main))
    try:
        vm.run_frame(frame)
    finally:
        sys.stdout.flush()
        print(f"traces {len(vm.traces)} rounds {vm.rounds}", file=sys.stderr)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
