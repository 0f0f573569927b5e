# Endless loops let other threads run, and are stopped by exceptions set from outside.
import ctypes, threading, time
ticks = []
stop = False
def hot():
    k = 0
    while not stop: k = (k + 1) % 1000003
def hot2():
    k = 0
    while not stop:
        for i in range(1000): k += i
ts = [threading.Thread(target=f) for f in (hot, hot2, hot)]
for t in ts: t.start()
t0 = time.time(); worst = 0
for i in range(30):
    a = time.time(); time.sleep(0.001); worst = max(worst, time.time() - a)
stop = True
for t in ts: t.join(5)
print([t.is_alive() for t in ts], worst < 1.0)
class Stop(Exception): pass
def victim(res):
    try:
        k = 0
        while True: k += 1
    except Stop: res.append("stopped")
res = []
t = threading.Thread(target=victim, args=(res,)); t.start()
time.sleep(0.2)
print(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(t.ident), ctypes.py_object(Stop)))
t.join(5); print(res, t.is_alive())
