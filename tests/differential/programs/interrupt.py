import signal
def f(n, at):
    t = 0
    try:
        for i in range(n):
            t += i
            if i == at:
                signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("interrupted", i in (at, at + 1))
        return -1
    return t
print(f(100, 1000), f(300, 200), f(300, 10 ** 9))
hits = []
signal.signal(signal.SIGALRM, lambda s, frame: hits.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.3)
def spin():
    k = 0
    while not hits:
        k += 1
    return k > 0
print(spin(), hits)
import os, threading, time
def killer():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)
def endless():
    k = 0
    while True:
        k = (k + 1) % 1000003
thread = threading.Thread(target=killer)
thread.start()
try:
    endless()
except KeyboardInterrupt as e:
    print("stopped", e.__traceback__.tb_next.tb_frame.f_code.co_name)
thread.join()
