# Many threads take the exits of fresh code for the first time at once
import sys, threading

usual = sys.getswitchinterval()
sys.setswitchinterval(1e-6)
SOURCE = """
def task(n):
    t = 0
    for i in range(n): t += i * n
    return t
"""
expected = 4 * sum(sum(i * n for i in range(n)) for n in range(100))
right = 0
for number in range(8):
    namespace = {}
    exec(compile(SOURCE, "source %d" % number, "exec"), namespace)
    task = namespace["task"]
    found = []

    def work():
        for i in range(100):
            found.append(task(i))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    right += sum(found) == expected
print(right)
sys.setswitchinterval(usual)
