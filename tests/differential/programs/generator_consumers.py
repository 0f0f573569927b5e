"""Builtins that take all items of a generator."""

import sys
import traceback
class Boom(Exception): pass
def cells(n): return [[i % 7, i % 5, i % 3] for i in range(n)]
def possible(cs, v): return sum((1 if v in c else 0) for c in cs)
def anyone(cs, v): return any(v + 100 in c for c in cs), any(v in c for c in cs)
def everyone(cs): return all(len(c) == 3 for c in cs), all(c[0] != 4 for c in cs)
def lists(cs, k): return [sys.getsizeof(list(c[0] for c in cs[: i + 5])) for i in range(k)]
def srt(cs): return sorted(c[0] * c[1] for c in cs)[:7], sys.getsizeof(sorted(c[0] for c in cs[:7]))
def joined(cs): return ",".join(str(c[0]) for c in cs)
def mm(cs): return min(c[0] - c[2] for c in cs), max(c[1] * 1.5 for c in cs)
def st(cs): return len(set(c[0] * 10 + c[1] for c in cs)), sys.getsizeof(set(c[1] for c in cs)), tuple(c[2] for c in cs[:3])
def empty():
    try: max(x for x in ())
    except ValueError as e: return str(e), len(traceback.extract_tb(e.__traceback__))
def fails(cs, k):
    try: return sum(c[0] // (c[1] - k) for c in cs)
    except ZeroDivisionError: return traceback.format_exc()
def fails2(cs):
    try: return sum(c if c[0] == 6 else 1 for c in cs)
    except TypeError: return traceback.format_exc()
def fails3(cs):
    try: return "".join(c[0] for c in cs)
    except TypeError as e: return str(e), len(traceback.extract_tb(e.__traceback__))
log = []
class D:
    def __init__(s, n): s.n = n
    def __del__(s): log.append(s.n)
def early(n):
    def g():
        try:
            for i in range(n):
                d = D(i)
                yield i > 5
        finally:
            log.append("closed")
    return any(g())
def run():
    cs = cells(60)
    out = []
    for k in range(80):
        log.clear()
        out = [possible(cs, v) for v in range(8)], [anyone(cs, v) for v in range(3)], everyone(cs), lists(cs, 20), srt(cs), joined(cs), mm(cs), st(cs), empty(), fails(cs, 4), fails2(cs), fails3(cs), early(20), list(log), sum((0.1 * c[0] for c in cs), 1), sum(x for x in (True, 1.5, 2))
    print(out)
run()
