import gc
class N:
    live = 0
    def __init__(self):
        N.live += 1
        self.me = self
    def __del__(self):
        N.live -= 1
def f(n):
    most = 0
    for i in range(n):
        N()
        most = max(most, N.live)
    return most < n
print(f(3000))
gc.collect()
print(N.live)
gc.disable()
print(f(100))
print(gc.isenabled(), gc.collect() > 0)
gc.enable()
print(N.live)
