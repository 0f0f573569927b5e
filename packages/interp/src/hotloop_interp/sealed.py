"""A copy of the builtins that the program cannot change.

The interpreter runs in the program's own process. Were it to look `len` up in the builtins, a
program that replaces `builtins.len` would replace it here too. A module that calls
`seal(globals())` before its definitions gives its functions this copy instead: a function takes
its builtins from `__builtins__` of its module's globals when it is made.
"""

import builtins

_BUILTINS: dict[str, object] = dict(vars(builtins))


def seal(namespace: dict[str, object]) -> None:
    """Give the functions that will be defined in a module the copied builtins."""
    namespace["__builtins__"] = _BUILTINS
