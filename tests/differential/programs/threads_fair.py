# Endless loops let other threads run.
import threading, time
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
