"""Who looks at the program while its loops are hot: pdb, profilers, faulthandler, logging."""
import faulthandler, io, logging, pdb, sys, tempfile, trace, warnings


def add(total, i):
    return total + i


def debugged(n, commands, at):
    out = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=out, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    total = 0
    for i in range(n):
        total = add(total, i)
        if i == at:
            debugger.set_trace()
        total += 1
    sys.settrace(None)
    return total, [line for line in out.getvalue().splitlines() if not line.startswith("> ")]


print(debugged(300, "p i, total\nc\n", 150))
print(debugged(300, "n\np i\nn\np total\nr\nc\n", 200))


def stopped(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total


def breakpoint_in_hot_code():
    out = io.StringIO()
    line = add.__code__.co_firstlineno + 1
    commands = f"b {line}, i == 7\nc\np i, total\nw\ncl 1\nc\n"
    debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=out, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    for _ in range(20):
        stopped(40)
    debugger.set_trace()
    total = stopped(40)
    sys.settrace(None)
    return total, [line for line in out.getvalue().splitlines() if "(7, " in line or "add" in line]


print(breakpoint_in_hot_code())


def profiled(n, at):
    events = []
    def profile(frame, event, arg):
        name = arg.__name__ if event.startswith("c_") else frame.f_code.co_name
        events.append((event, name, frame.f_lineno))
    total = 0
    for i in range(n):
        if i == at:
            sys.setprofile(profile)
        total = add(total, i)
        total += len([i])
        if i == at + 3:
            sys.setprofile(None)
    return total, events


for at in (5, 100, 201):
    print(profiled(300, at))


def dumped(n, file):
    total = 0
    for i in range(n):
        total = add(total, i)
        if i == n - 10:
            faulthandler.dump_traceback(file, all_threads=False)
    return total


with tempfile.TemporaryFile("w+") as file:
    print(dumped(200, file))
    file.seek(0)
    print([line.rpartition("/")[2] for line in file.read().splitlines() if "dumped" in line])


def logged(n):
    log, out = logging.getLogger("hot"), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(funcName)s:%(lineno)d %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    for i in range(n):
        if i % 50 == 3:
            log.warning("at %d", i)
        else:
            log.debug("not shown")
        if i % 70 == 69:
            inner(log, i)
    return out.getvalue()


def inner(log, i):
    log.error("inside %d", i)


print(logged(300))


def warned(n):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for i in range(n):
            if i % 60 == 59:
                warnings.warn(f"here {i}")
                deprecated(i)
    return [(str(one.message), one.lineno) for one in found]


def deprecated(i):
    warnings.warn(f"caller {i}", DeprecationWarning, stacklevel=2)


print(warned(300))


def counted(n):
    counts = trace.Trace(count=1, trace=0, ignoremods=["trace"])
    counts.runfunc(stopped, n)
    found = counts.results().counts.items()
    return sorted([(line, count) for (name, line), count in found if name.endswith("looked_at.py")])


print(counted(50), counted(300))
