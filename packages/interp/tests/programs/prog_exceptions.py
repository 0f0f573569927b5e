# mypy: ignore-errors
# Programs are data: as untyped as the programs that are run.
# ruff: noqa
"""Exceptions: handlers, finally, with, chaining, groups, tracebacks."""

import contextlib
import sys
import traceback


def program_try():
    log = []

    def f(kind):
        try:
            log.append("try")
            if kind == 1:
                raise ValueError("v")
            if kind == 2:
                return "returned"
            if kind == 3:
                raise KeyError("k")
        except ValueError as e:
            log.append(repr(e))
        else:
            log.append("else")
        finally:
            log.append("finally")
        return "end"

    out = [f(0), f(1), f(2)]
    try:
        f(3)
    except KeyError as e:
        out.append(e.args)
    return out, log


def program_finally_overrides():
    def f():
        try:
            return 1
        finally:
            return 2

    def g():
        for i in range(3):
            try:
                continue
            finally:
                if i == 1:
                    break
        return i

    def h():
        try:
            raise KeyError
        finally:
            return "swallowed"

    return f(), g(), h()


def program_nested():
    out = []
    try:
        try:
            1 / 0
        except ZeroDivisionError as e:
            out.append(sys.exc_info()[0].__name__)
            try:
                [][1]
            except IndexError as f:
                out.append((f.__context__ is e, sys.exc_info()[1] is f))
            out.append(sys.exc_info()[1] is e)
            raise
    except ArithmeticError as e:
        out.append(type(e).__name__)
    out.append(sys.exc_info())
    return out


def program_uncaught():
    def inner(x):
        y = x + 1
        return y / 0

    def outer():
        return inner(3)

    outer()


def program_chained():
    try:
        {}["a"]
    except KeyError:
        raise ValueError("second")


def program_from():
    try:
        {}["a"]
    except KeyError as e:
        raise ValueError("second") from e


def program_from_none():
    try:
        {}["a"]
    except KeyError:
        raise ValueError("second") from None


def program_reraise():
    def f():
        raise KeyError("f")

    try:
        f()
    except KeyError as e:
        e.add_note("a note")
        raise


def program_raise_forms():
    out = []
    for source in (
        "raise KeyError",
        "raise KeyError(1)",
        "raise 5",
        "raise KeyError from 5",
        "raise",
        "raise KeyError from ValueError",
        "raise KeyError from ValueError('x')",
        "raise str",
        "raise Odd",
        "raise None",
        "raise KeyError from None",
    ):
        try:

            class Odd(Exception):
                def __new__(cls):
                    return 5

            exec(source)
        except BaseException as e:
            out.append(
                (
                    type(e).__name__,
                    str(e).split("'>, not")[0][-30:],
                    repr(e.__cause__),
                    e.__suppress_context__,
                )
            )
    return out


def program_bad_except_clause():
    out = []
    for what in (5, "x", (ValueError, 5), object, [KeyError]):
        try:
            try:
                raise KeyError("k")
            except what:
                pass
        except TypeError as e:
            out.append((str(e), repr(e.__context__)))
    try:
        try:
            raise KeyError
        except (ValueError, (KeyError, TypeError)):
            pass
    except TypeError as e:
        out.append(str(e))
    return out


def program_except_name_is_deleted():
    try:
        raise KeyError
    except KeyError as e:
        pass
    try:
        e
    except NameError as error:
        return str(error)


class Manager:
    def __init__(self, log, swallow=False):
        self.log, self.swallow = log, swallow

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, value, trace):
        self.log.append(("exit", kind and kind.__name__, str(value), trace and trace.tb_lineno))
        return self.swallow


def program_with():
    log = []
    with Manager(log) as m, Manager(log):
        log.append(m.swallow)
    with Manager(log, True):
        raise KeyError("gone")
    for i in range(3):
        with Manager(log):
            if i == 1:
                break
    try:
        with Manager(log):
            with Manager(log):
                1 / 0
    except ZeroDivisionError:
        log.append("caught")

    def f():
        with Manager(log):
            return "value"

    return f(), log


def program_with_errors():
    class NoExit:
        def __enter__(self):
            pass

    class Bad:
        def __enter__(self):
            return 1

        def __exit__(self, *a):
            raise ValueError("exit")

    out = []
    for m in (5, NoExit(), None):
        try:
            with m:
                pass
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    try:
        with Bad():
            raise KeyError("body")
    except ValueError as e:
        out.append((str(e), repr(e.__context__)))
    with contextlib.suppress(KeyError), contextlib.ExitStack() as stack:
        stack.callback(out.append, "callback")
        raise KeyError
    return out


@contextlib.contextmanager
def managed(log):
    log.append("in")
    try:
        yield 5
    except KeyError as e:
        log.append(repr(e))
    finally:
        log.append("out")


def program_contextmanager():
    log = []
    with managed(log) as v:
        log.append(v)
    with managed(log):
        raise KeyError("x")
    try:
        with managed(log):
            raise ValueError("y")
    except ValueError as e:
        log.append(str(e))
    return log


def program_with_uncaught():
    with Manager([]):
        raise KeyError("inside")


def program_groups():
    log = []

    def f(errors):
        try:
            raise ExceptionGroup("g", errors)
        except* ValueError as e:
            log.append(("value", e.exceptions))
        except* (TypeError, KeyError) as e:
            log.append(("other", e.exceptions))
        else:
            log.append("else")
        finally:
            log.append("finally")

    f([ValueError(1)])
    f([ValueError(1), TypeError(2), KeyError(3)])
    try:
        f([ValueError(1), OSError(2)])
    except ExceptionGroup as e:
        log.append(("rest", e.message, repr(e.exceptions)))
    try:
        raise ValueError("naked")
    except* ValueError as e:
        log.append(repr(e))
    try:
        pass
    except* ValueError:
        pass
    return repr(log)


def program_groups_raise_inside():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e:
        raise KeyError("new")


def program_groups_reraise():
    try:
        raise ExceptionGroup(
            "g", [ValueError(1), ExceptionGroup("h", [TypeError(2), ValueError(3)])]
        )
    except* ValueError:
        raise
    except* TypeError:
        pass


def program_groups_naked_reraise():
    try:
        raise ValueError("naked")
    except* ValueError:
        raise


def program_groups_bad():
    out = []
    for what in (5, ExceptionGroup, (KeyError, ExceptionGroup), "x"):
        try:
            try:
                raise ExceptionGroup("g", [ValueError(1)])
            except* what:
                pass
        except TypeError as e:
            out.append(str(e))
    return out


def program_traceback_text():
    def deep(n):
        if n:
            deep(n - 1)
        raise ValueError("deep")

    try:
        deep(2)
    except ValueError:
        text = traceback.format_exc()
    return text.replace("\r", "")


def program_print_stack():
    import io

    def f():
        out = io.StringIO()
        traceback.print_stack(limit=2, file=out)
        return out.getvalue()

    return f()


def program_traceback_objects():
    def f(x):
        raise KeyError(x)

    try:
        f(7)
    except KeyError as e:
        tb = e.__traceback__
        inner = tb.tb_next
        return (
            tb.tb_frame.f_code.co_name,
            inner.tb_frame.f_locals,
            inner.tb_frame.f_code.co_name,
            inner.tb_lineno - tb.tb_lineno,
            inner.tb_frame.f_back is tb.tb_frame,
            tb.tb_lasti >= 0,
            inner.tb_next,
            inner.tb_frame.f_lineno == inner.tb_lineno,
        )


def program_with_traceback():
    def f():
        raise KeyError("f")

    try:
        f()
    except KeyError as e:
        saved = e
    try:
        raise saved
    except KeyError as e:
        n = len(traceback.extract_tb(e.__traceback__))
    try:
        raise saved.with_traceback(None)
    except KeyError as e:
        return n, len(traceback.extract_tb(e.__traceback__))


def program_in_callback():
    def key(x):
        return 1 / x

    return sorted([1, 0], key=key)


def program_exit_exceptions():
    out = []
    for e in (SystemExit(3), KeyboardInterrupt(), GeneratorExit()):
        try:
            raise e
        except BaseException as caught:
            out.append(caught is e)
    raise SystemExit(5)


def program_custom_exception():
    class Custom(Exception):
        def __init__(self, a, b):
            super().__init__(a)
            self.b = b

        def __str__(self):
            return f"custom {self.b}"

    try:
        raise Custom(1, b=2)
    except Custom as e:
        out = e.args, e.b, str(e)
    raise Custom(3, 4)


def program_exception_in_init():
    class A:
        def __init__(self):
            self.x = undefined_name

    A()


def program_exception_in_property():
    class A:
        @property
        def p(self):
            raise AttributeError("from p")

        def __bool__(self):
            raise KeyError("bool")

        def __add__(self, o):
            raise ValueError("add")

    a = A()
    out = []
    for f in (lambda: a.p, lambda: a + 1, lambda: 1 if a else 2, lambda: not a):
        try:
            f()
        except Exception as e:
            out.append((repr(e), [x.lineno for x in traceback.extract_tb(e.__traceback__)]))
    return out


def program_warnings():
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("here")
        warnings.warn("caller", stacklevel=2)
    return [
        (str(w.message), w.lineno if i == 0 else None, w.category) for i, w in enumerate(caught)
    ]


def program_logging():
    import io
    import logging

    out = io.StringIO()
    logger = logging.Logger("x")
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(funcName)s:%(lineno)d:%(message)s"))
    logger.addHandler(handler)
    logger.error("one")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("two")
    return out.getvalue()
