"""Entering and leaving compiled code in a running, stock CPython 3.11.

Import the modules you need: importing this package must stay cheap, because programs in which
nothing is hot import it too.

- ``probe.probe()``: the checked struct layout of this interpreter, or one line why hotloop is off.
- ``runtime.Runtime(layout)``: once per process; ``start(compile_module)`` compiles the native half.
- ``rewrite.rewrite(code, points)``: a code object with merge points (``RewrittenCode``).
- ``records.Record`` (from ``Runtime.new_record``): what a merge point tests and calls: its
  counter, compiled entry, slow path.
- ``resume``: ``Frame``, ``Slot`` and ``encode`` describe where an exit goes on; ``ExitRecord`` is
  what compiled code returns. ``virtuals.Virtuals`` describes objects to be built on the way.
- ``moving``: bring a frame that runs its old code to the rewritten code.
- ``hidden``: make frames of our own invisible.

How it works. A merge point calls its stub, a Python function of three instructions. While it
runs, the caller's frame is in memory, and CPython reloads program counter, stack pointer and
constants from there when the stub returns. ``-record`` in the stub is native code (``native.py``)
that moves the caller's locals and stack to a buffer, runs compiled code on it, and writes the
frame anew as the exit says. The value that the stub returns becomes the top of the caller's stack;
where the stack must be empty, the last local is written that way, or a POP_TOP; JUMP_FORWARD
trampoline drops it. Inlined frames are made by calling a trampoline function whose own stub, in
the same way, turns the trampoline's frame into the inlined one, so that CPython itself pushes and
pops every frame.
"""
