# mypy: ignore-errors
# Programs are data: as untyped as the programs that are run.
# ruff: noqa
"""Generators, coroutines, async generators, async for and with."""

import asyncio
import contextlib
import inspect
import sys
import types


def program_generators():
    def g(n):
        for i in range(n):
            x = yield i
            if x:
                yield x
        return "end"

    it = g(3)
    out = [next(it), it.send("sent"), next(it), next(it)]
    try:
        next(it)
    except StopIteration as e:
        out.append(e.value)
    return out, list(g(2)), [*g(1)], sum(g(4)), dict(zip(g(2), g(2))), list(x for x in g(3) if x)


def program_generator_state():
    def g():
        yield 1

    it = g()
    out = [
        it.gi_running,
        it.gi_frame.f_lineno - g.__code__.co_firstlineno,
        inspect.getgeneratorstate(it),
    ]
    next(it)
    out += [inspect.getgeneratorstate(it), inspect.getgeneratorlocals(it)]
    list(it)
    out += [inspect.getgeneratorstate(it), it.gi_frame, it.__name__]
    try:
        g().send(1)
    except TypeError as e:
        out.append(str(e))
    return out


def program_generator_running():
    def g():
        out.append(it.gi_running)
        try:
            next(it)
        except ValueError as e:
            yield str(e)

    out = []
    it = g()
    out.append(list(it))
    return out


def program_throw_and_close():
    log = []

    def g():
        try:
            yield 1
        except KeyError as e:
            log.append(repr(e))
            yield "caught"
        finally:
            log.append("finally")

    it = g()
    next(it)
    out = [it.throw(KeyError("k"))]
    it.close()
    it = g()
    next(it)
    it.close()
    it = g()
    next(it)
    try:
        it.throw(ValueError("v"))
    except ValueError as e:
        out.append(str(e))
    it = g()
    it.close()
    out.append(next(it, "closed"))

    def stubborn():
        try:
            yield
        except GeneratorExit:
            yield "no"

    it = stubborn()
    next(it)
    try:
        it.close()
    except RuntimeError as e:
        out.append(str(e))
    return out, log


def program_generator_uncaught():
    def g():
        yield 1
        raise KeyError("inside")

    for x in g():
        pass


def program_stop_iteration_inside():
    def g():
        yield 1
        raise StopIteration("inside")

    return list(g()) if 0 else [x for x in g()]


def program_yield_from():
    log = []

    def inner():
        try:
            x = yield 1
            log.append(x)
            y = yield 2
            log.append(y)
        except KeyError as e:
            log.append(repr(e))
            yield "handled"
        return "result"

    def outer():
        r = yield from inner()
        log.append(r)
        yield from [7, 8]
        yield from range(2)
        return "outer"

    it = outer()
    out = [next(it), it.send("a"), it.throw(KeyError("t")), *it]
    it = outer()
    next(it)
    it.close()

    def chain(n):
        if n:
            yield n
            yield from chain(n - 1)

    return out, log, list(chain(5))


def program_yield_from_errors():
    def g(x):
        yield from x

    async def c():
        pass

    out = []
    coroutine = c()
    for v in (5, None, coroutine):
        try:
            list(g(v))
        except TypeError as e:
            out.append(str(e))
    coroutine.close()
    return out


def program_handled_in_generator():
    out = []

    def g():
        try:
            1 / 0
        except ZeroDivisionError:
            out.append(sys.exc_info()[0])
            yield 1
            out.append(sys.exc_info()[0])
        out.append(sys.exc_info()[0])
        yield 2

    try:
        raise KeyError
    except KeyError:
        it = g()
        next(it)
        out.append(sys.exc_info()[0])
        for x in it:
            out.append((x, sys.exc_info()[0]))
    return out


def program_generator_context():
    def g():
        try:
            yield
        except KeyError:
            raise ValueError("from handler")

    it = g()
    next(it)
    try:
        it.throw(KeyError("thrown"))
    except ValueError as e:
        return repr(e.__context__), e.__context__.__traceback__ is not None


def program_generator_lifetime():
    log = []

    class D:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            log.append(self.n)

    def g():
        a = D("a")
        yield 1
        b = D("b")
        del a
        log.append("deleted")
        yield 2

    it = g()
    for x in it:
        log.append(x)
    it = g()
    next(it)
    del it
    log.append("end")
    return log


def program_closure_generators():
    def make(n):
        def g():
            nonlocal n
            while n:
                n -= 1
                yield n

        return g

    return list(make(4)()), [*(x * y for x in range(3) for y in range(x))]


class Awaitable:
    def __init__(self, *values):
        self.values = values

    def __await__(self):
        for v in self.values:
            yield v
        return "awaited"


def drive(coroutine):
    out = []
    try:
        while True:
            out.append(coroutine.send(None))
    except StopIteration as e:
        return out, e.value


def program_coroutines():
    async def inner(x):
        return x + 1

    async def outer():
        a = await inner(1)
        b = await Awaitable("p", "q")
        return a, b

    c = outer()
    state = inspect.getcoroutinestate(c)
    return drive(c), state, inspect.getcoroutinestate(c)


def program_await_errors():
    out = []

    class Bad:
        def __await__(self):
            return 5

    class Bad2:
        def __await__(self):
            return c()

    async def c():
        pass

    async def f(x):
        await x

    for v in (5, Bad(), Bad2(), None):
        try:
            drive(f(v))
        except TypeError as e:
            out.append(str(e))

    async def twice():
        async def sleeper():
            await Awaitable(1)

        x = sleeper()

        async def wait():
            await x

        w = wait()
        w.send(None)
        try:
            await x
        except RuntimeError as e:
            out.append(str(e))
        w.close()

    drive(twice())
    return out


class AsyncManager:
    def __init__(self, log, swallow=False):
        self.log, self.swallow = log, swallow

    async def __aenter__(self):
        self.log.append("enter")
        await Awaitable("e")
        return self

    async def __aexit__(self, kind, value, trace):
        self.log.append(("exit", kind and kind.__name__))
        await Awaitable("x")
        return self.swallow


def program_async_with():
    log = []

    async def nested():
        async with AsyncManager(log), AsyncManager(log):
            1 / 0

    async def f():
        async with AsyncManager(log) as m:
            log.append(m.swallow)
        async with AsyncManager(log, True):
            raise KeyError
        try:
            async with AsyncManager(log):
                raise ValueError
        except ValueError:
            log.append("caught")
        try:
            await nested()
        except ZeroDivisionError as e:
            log.append([entry.tb_lineno for entry in (e.__traceback__, e.__traceback__.tb_next)])
        return "done"

    return drive(f()), log


def program_async_with_errors():
    class NoExit:
        async def __aenter__(self):
            pass

    class NotAwaitable:
        def __aenter__(self):
            return 5

        def __aexit__(self, *a):
            return 6

    class ExitNotAwaitable(NotAwaitable):
        async def __aenter__(self):
            pass

    out = []

    async def f(m):
        async with m:
            pass

    for m in (5, NoExit(), NotAwaitable(), ExitNotAwaitable()):
        try:
            drive(f(m))
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    return out


class AsyncIter:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        await Awaitable("next")
        return self.n


def program_async_for():
    async def f():
        out = []
        async for x in AsyncIter(3):
            if x == 1:
                continue
            out.append(x)
        else:
            out.append("else")
        out.append([y async for y in AsyncIter(2)])
        out.append({y: await Awaitable() async for y in AsyncIter(2) if y})
        return out

    return drive(f())


def program_async_for_errors():
    class NoNext:
        def __aiter__(self):
            return self

    class BadNext(NoNext):
        def __anext__(self):
            return 5

    class Raises(NoNext):
        async def __anext__(self):
            raise KeyError("next")

    out = []

    async def f(x):
        async for i in x:
            pass

    for x in (5, NoNext(), BadNext(), Raises()):
        try:
            drive(f(x))
        except Exception as e:
            out.append((type(e).__name__, str(e), repr(e.__cause__)))
    return out


def program_async_generators():
    log = []

    async def g(n):
        try:
            for i in range(n):
                await Awaitable("g")
                x = yield i
                log.append(x)
        finally:
            log.append("finally")

    async def f():
        out = [x async for x in g(3)]
        it = g(5)
        out.append(await it.__anext__())
        out.append(await it.asend("sent"))
        try:
            await it.athrow(KeyError("k"))
        except KeyError as e:
            out.append(repr(e))
        it = g(2)
        await anext(it)
        await it.aclose()
        out.append(await anext(it, "closed"))
        return out

    return drive(f()), log


def program_asyncio():
    async def worker(queue, out):
        while True:
            item = await queue.get()
            if item is None:
                return len(out)
            await asyncio.sleep(0)
            out.append(item * 2)

    async def main():
        queue, out = asyncio.Queue(), []
        tasks = [asyncio.create_task(worker(queue, out)) for _ in range(2)]
        for i in range(5):
            await queue.put(i)
        for _ in tasks:
            await queue.put(None)
        await asyncio.gather(*tasks)
        try:
            async with asyncio.timeout(0):
                await asyncio.sleep(1)
        except TimeoutError:
            out.append("timeout")
        return sorted(out, key=str)

    return asyncio.run(main())


@types.coroutine
def old_style():
    r = yield "from generator"
    return r


def program_types_coroutine():
    async def f():
        return await old_style()

    return drive(f())


@contextlib.asynccontextmanager
async def amanaged(log):
    log.append("in")
    try:
        yield 5
    finally:
        log.append("out")


def program_asynccontextmanager():
    log = []

    async def f():
        async with amanaged(log) as v:
            log.append(v)
            await Awaitable("w")

    return drive(f()), log
