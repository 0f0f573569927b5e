import sys
events = []
def tracer(frame, event, arg):
    if frame.f_code.co_filename == __file__ and frame.f_code.co_name in ("g", "f") and len(events) < 60:
        events.append((frame.f_code.co_name, event, frame.f_lineno))
    return tracer
def g(x):
    y = x + 1
    return y
def f(n):
    t = 0
    for i in range(n):
        t += g(i)
        if i == 100:
            sys.settrace(tracer)
        if i == 104:
            sys.settrace(None)
    return t
print(f(90), f(200))
print(events)
events.clear()
def start():
    sys.setprofile(lambda fr, ev, arg: events.append((fr.f_code.co_name, ev)) if len(events) < 40 else None)
def h(n):
    t = 0
    for i in range(n):
        t += g(i)
        if i == 120:
            start()
        if i == 125:
            sys.setprofile(None)
    return t
print(h(100), h(150), [e for e in events if e[0] in ("g", "h", "start")])
