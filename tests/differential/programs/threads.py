import threading
lock = threading.Lock()
results = []
shared = {"n": 0}
def work(k):
    t = 0
    for i in range(400):
        t += i % (k + 1)
        if i % 50 == 0:
            with lock:
                shared["n"] += 1
    results.append((k, t))
for r in range(3):
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(sorted(results), shared)
event = threading.Event()
def waiter():
    k = 0
    while not event.is_set():
        k += 1
    results.append("seen")
t = threading.Thread(target=waiter)
t.start()
def busy(n):
    s = 0
    for i in range(n):
        s += i
    return s
busy(20000)
event.set()
t.join()
print(results[-1])
