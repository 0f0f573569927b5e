"""Logs for people who want to see what the compiler does: ``HOTLOOP_LOG=trace,opt,asm:jit.log``.

Five channels, one line format: every line starts with ``[channel] ``, so that ``grep`` can take
them apart, and the head line of an entry names the trace and its place. While a channel is off
its cost is one attribute test::

    if log.TRACE.on:
        log.TRACE.write("loop 3 demo.py:42 main: 25 bytecodes, 48 ops", str(trace))

Must not import anything heavy and must never raise because a log cannot be written.

=========  ===================================================  ==============================
channel    when                                                 what
=========  ===================================================  ==============================
``trace``  a loop or bridge has been recorded                   place, sizes; the recorded IR
``opt``    a trace has been optimised                           place, sizes; the optimised IR
``asm``    a trace has been compiled                            place, sizes; the machine code
``exit``   compiled code has been left                          guard, place, where it went
``abort``  recording was given up, or hotloop cannot run here   reason and place
=========  ===================================================  ==============================
"""

from __future__ import annotations

import os

from hotloop.errors import UsageError, near

NAMES = ("trace", "opt", "asm", "exit", "abort")

_STDERR = 2


class Channel:
    """One kind of message. ``on`` says whether anybody listens."""

    __slots__ = ("_fd", "name", "on")

    def __init__(self, name: str) -> None:
        self.name = name
        self.on = False
        self._fd = _STDERR

    def write(self, head: str, body: str = "") -> None:
        """Write an entry: a head line, and the lines of a body, indented. No-op while off.

        One system call an entry: entries of several threads and processes do not mix.
        """
        if not self.on:
            return
        lines = [f"[{self.name}] {head}\n"]
        lines += [f"[{self.name}]   {line}\n" for line in body.splitlines()]
        try:
            os.write(self._fd, "".join(lines).encode("utf-8", "backslashreplace"))
        except OSError:
            self.on = False

    def send_to(self, fd: int | None) -> None:
        """Turn the channel on, into a file descriptor, or off (None)."""
        self.on = fd is not None
        self._fd = _STDERR if fd is None else fd


TRACE = Channel("trace")
OPT = Channel("opt")
ASM = Channel("asm")
EXIT = Channel("exit")
ABORT = Channel("abort")

_CHANNELS = {channel.name: channel for channel in (TRACE, OPT, ASM, EXIT, ABORT)}


def parse(text: str) -> tuple[tuple[str, ...], str]:
    """Split ``CHANNEL,...[:FILE]`` into channels and file (empty: stderr). ``all`` is every one.

    Raises ValueError, with one line, for an unknown channel.
    """
    listed, _, file = text.partition(":")
    names = [name for part in listed.split(",") if (name := part.strip())]
    for name in names:
        if name != "all" and name not in _CHANNELS:
            known = ", ".join((*NAMES, "all"))
            hint = near(name, (*NAMES, "all"))
            raise ValueError(f"no log channel is called {name!r}{hint}; there are {known}")
    return (NAMES if "all" in names else tuple(dict.fromkeys(names))), file


def configure(text: str) -> None:
    """Turn on the channels of a ``HOTLOOP_LOG`` text and all others off.

    A file is appended to; ``%p`` in its name is the process id. Raises UsageError if the text
    makes no sense or the file cannot be opened.
    """
    try:
        names, file = parse(text)
    except ValueError as error:
        raise UsageError(f"HOTLOOP_LOG: {error}") from None
    fd = _open(file) if names and file else _STDERR
    for channel in _CHANNELS.values():
        channel.send_to(fd if channel.name in names else None)


def _open(file: str) -> int:
    """A descriptor high enough that the program's own files get the numbers they always had."""
    import fcntl

    try:
        low = os.open(file.replace("%p", str(os.getpid())), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        fd = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 64)
        os.close(low)
    except OSError as error:
        raise UsageError(f"HOTLOOP_LOG: cannot write {file}: {error.strerror}") from None
    return fd
