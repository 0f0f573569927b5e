# Whoever looks at the frames below a call finds the functions, lines and locals of CPython.
import functools, io, logging, re, sys, traceback, warnings
look = sys._getframe
def chain(depth=1):
    found = []
    f = look(depth)
    while f is not None and f.f_code.co_filename == __file__:
        found.append((f.f_code.co_name, f.f_lineno))
        f = f.f_back
    return found
def through(n):
    return chain(2)
def twice(n):
    return through(n)
seen = []
def note(x):
    return seen.append((x, twice(x)))
def inner(i):
    k = i * 2
    if i % 10 == 3:
        note(i)
    return k + 1
def outer(n):
    t = 0
    for i in range(n):
        t += inner(i)
    return t
print(outer(40), seen[:2], seen[-1], len({str(s[1]) for s in seen}))
seen.clear()
def by_key(n):
    t = 0
    for i in range(n):
        t += sorted([i, 3], key=lambda v: (len(twice(v)), v))[0]
        if i % 13 == 5:
            seen.append(sorted([i], key=lambda v: str(twice(v)))
                        + functools.reduce(lambda a, b: a + twice(b), [i], []))
    return t
print(by_key(40), seen)
seen.clear()
out = io.StringIO()
log = logging.getLogger("t")
log.propagate = False
handler = logging.StreamHandler(out)
handler.setFormatter(logging.Formatter("%(funcName)s:%(lineno)d %(message)s"))
log.addHandler(handler)
def logs(i):
    if i % 9 == 4:
        log.warning("value %d",
                    i)
def logging_loop(n):
    for i in range(n):
        logs(i)
        if i % 20 == 11:
            log.error("direct %d", i)
logging_loop(60)
print(out.getvalue())
def warns(i):
    if i % 11 == 3:
        warn2(i)
def warn2(i):
    warnings.warn(f"w{i}", stacklevel=2)
def warn_loop(n):
    for i in range(n):
        warns(i)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warn_loop(50)
print([(str(w.message), w.lineno) for w in caught])
def stack_of(i):
    return [(e.name, e.lineno) for e in traceback.extract_stack() if e.filename == __file__]
def summary(i):
    return stack_of(i) if i % 8 == 2 else i
def stack_loop(n):
    last = None
    for i in range(n):
        s = summary(i)
        if i % 8 == 2:
            last = s
    return last
print(stack_loop(40), stack_loop(50))
class A:
    def __init__(self, v):
        self.v = v
        if v % 12 == 7:
            seen.append(twice(v))
    def __add__(self, o):
        if self.v % 12 == 7:
            seen.append(twice(0))
        return A(self.v + 1)
    def __getattr__(self, name):
        if self.v % 12 == 7:
            seen.append((name, twice(0)))
        return 1
def objects(n):
    t = 0
    for i in range(n):
        a = A(i)
        b = a + a
        t += b.v + a.w
    return t
seen.clear()
print(objects(50), seen)
def fails(i):
    if i % 7 == 6:
        raise ValueError(i)
    return i
def caught_loop(n):
    lines = []
    for i in range(n):
        try:
            fails(i)
        except ValueError as e:
            lines.append([(x.name, x.lineno) for x in traceback.extract_tb(e.__traceback__)])
            lines.append(twice(i))
    return lines[-2:]
print(caught_loop(40))
def rec(n):
    if n == 0:
        return twice(0)
    r = rec(n - 1)
    return r
def rec_loop(k):
    for i in range(k):
        r = rec(i % 6)
    return r
print(rec_loop(35), rec_loop(36))
async def made():
    pass
def made_inside():
    return made()
def origin_of(i):
    coroutine = made_inside()
    origin = coroutine.cr_origin
    coroutine.close()
    return tuple([entry[1:] for entry in origin])
def origins(n):
    return sorted({origin_of(i) for i in range(n)})
sys.set_coroutine_origin_tracking_depth(4)
print(origins(60), origins(60))
sys.set_coroutine_origin_tracking_depth(0)
