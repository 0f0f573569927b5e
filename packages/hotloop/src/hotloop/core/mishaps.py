"""What went wrong, told to the log and the statistics, and never to the program.

Aborted recordings have a reason; errors of hotloop itself are counted as ``INTERNAL``. With the
knob ``strict`` such an error is also raised in the program, for tests: not where it occurred, for
the program's frames may be in our hands there, but where the program goes on. Must not decide what
follows.
"""

from __future__ import annotations

from hotloop import log
from hotloop.config import Config
from hotloop.core.dumps import Dumps
from hotloop.statistics import Counters
from hotloop_ir.trace import Trace
from hotloop_tracer.tracer import RecordResult


class Mishaps:
    """The books of one driver."""

    def __init__(self, config: Config, counters: Counters) -> None:
        self.config = config
        self.counters = counters
        self.dumps = Dumps(config)
        #: an error that is still to be raised in the program
        self.kept: Exception | None = None

    def note_error(self, what: str, error: Exception, place: tuple[str, int]) -> None:
        """An error of ours: the program goes on without this piece of compiled code."""
        if self.config.strict:
            self.kept = self.kept or error
        self.counters.abort("INTERNAL", *place)
        if log.ABORT.on:
            import traceback

            text = "".join(traceback.format_exception(error))
            log.ABORT.write(f"{what}: internal error", text)

    def raising(self, pending: BaseException | None) -> BaseException | None:
        """What is raised where the program goes on: its own exception, else an error of ours."""
        kept, self.kept = self.kept, None
        return pending or kept

    def note_failed(self, trace: Trace, error: Exception, place: tuple[str, int]) -> None:
        """An error of ours at a recorded trace, which is kept as a dump if dumps are wanted."""
        self.note_error(trace.name, error, place)
        dump = self.dumps.keep(trace, error)
        if dump and log.ABORT.on:
            log.ABORT.write(f"{trace.name}: try again with: hotloop replay {dump}")

    def note_abort(self, result: RecordResult, place: tuple[str, int]) -> None:
        """Count an aborted recording at the line where it could not go on."""
        assert result.abort is not None
        frame = result.frames[-1]
        line = result.line or place[1]
        self.counters.abort(result.abort.reason.name, frame.code.co_filename, line)
        if log.ABORT.on:
            where = f"{frame.code.co_filename}:{line}"
            log.ABORT.write(
                f"{place[0]}:{place[1]}: {result.abort.reason.value} at {where}",
                result.abort.detail,
            )
