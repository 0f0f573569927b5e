"""What hotloop did itself while it recorded, and the program saw, in its smallest form.

Frames of ours in tracebacks, and methods of the program's objects that only we asked.
"""

from __future__ import annotations

from pathlib import Path

import differential

SEEN = {
    "lambdas in our tables were in tracebacks of what raised while it was recorded": """
def names(error):
    found, entry = [], error.__traceback__
    while entry is not None:
        found.append(entry.tb_frame.f_code.co_name)
        entry = entry.tb_next
    return tuple(found)
def hot(n, value):
    seen = set()
    for i in range(n):
        try:
            if i % 3 == 0:
                -value
            elif i % 3 == 1:
                +value
            else:
                ~value
        except TypeError as error:
            seen.add((str(error), *names(error)))
    return sorted(seen)
for value in [], "", None, hot:
    again = type(hot)(hot.__code__.replace(), globals())
    print([again(60, value) for _ in range(3)])
""",
    "a float that is computed from constants was the constant itself": """
def hot(n, number):
    made = None
    for i in range(n):
        made = abs(1.5)
    return made is number, made is abs(1.5)
print([hot(60, 1.5), hot(60, hot.__code__.co_consts[1])])
""",
    "what is neither list nor tuple was asked for its length before it was unpacked": """
class Counted:
    asked = 0
    def __len__(self):
        Counted.asked += 1
        return 3
    def __iter__(self):
        return iter((1, 2, 3))
def count(n):
    yield from range(n)
def hot(n, make):
    found = set()
    for i in range(n):
        try:
            first, *rest = make(i % 4)
            found.add((first, *rest))
        except (TypeError, ValueError) as error:
            found.add(str(error))
    return sorted(map(str, found))
for make in count, range, str, lambda n: Counted(), lambda n: map(str, range(n)), lambda n: n:
    again = type(hot)(hot.__code__.replace(), globals())
    print([again(60, make) for _ in range(2)], Counted.asked)
""",
    "what a suspended generator handles, and what a sum begins with, was compared": """
compared = []
class Meta(type):
    def __eq__(cls, other):
        compared.append("class")
        return cls is other
    __hash__ = type.__hash__
class Start(metaclass=Meta):
    def __add__(self, other):
        return self
class Odd(Exception):
    def __eq__(self, other):
        compared.append("exception")
        return self is other
    __hash__ = Exception.__hash__
def handling(n):
    try:
        raise Odd
    except Odd:
        for i in range(n):
            yield i
def items(n):
    for i in range(n):
        yield i
def hot(n, start):
    total = 0
    for i in range(n):
        for k in handling(4):
            total += k
        sum(items(3), start)
    return total
print([hot(40, Start()) for _ in range(3)], compared)
""",
    "objects were asked for their __class__": """
asked = []
class Proxy:
    @property
    def __class__(self):
        asked.append(1)
        raise RuntimeError("asked")
    def method(self):
        return 1
    def __getitem__(self, i):
        return i
    def __add__(self, other):
        return 5
    def __call__(self):
        return 7
PROXY = Proxy()
class Holder:
    def __init__(self):
        self.own = PROXY
    def __getattr__(self, name):
        return PROXY
def same(x, *rest, **names):
    return x
def fails(function, *args):
    try:
        function(*args)
    except TypeError:
        return 1
def hot(n):
    total, holder = 0, Holder()
    for i in range(n):
        p = PROXY
        total += p.method() + p[2] + (p + 1) + p() + (3 in p)
        for j in p:
            if j > 2:
                break
        total += (holder.own is p) + (holder.other is same(p, p, z=p))
        total += fails(list.pop, p) + fails(list.append, p, 1) + fails(ord, p)
        try:
            raise p
        except TypeError:
            total += 1
        try:
            try:
                raise ValueError
            except p:
                total += 1
        except TypeError:
            total += 1
    return total
print([hot(60) for _ in range(3)], len(asked))
""",
    "classes were compared and hashed by code of their metaclass": """
asked = []
class Meta(type):
    def __eq__(self, other):
        asked.append("==")
        return True
    def __hash__(self):
        asked.append("hash")
        return 1
class E(Exception, metaclass=Meta):
    pass
class Value(metaclass=Meta):
    def __index__(self):
        return 1
    def __add__(self, other):
        return 3
    def __iter__(self):
        return iter((1, 2))
    def __lt__(self, other):
        return True
class Number(int, metaclass=Meta):
    pass
def caught(cls):
    try:
        raise ValueError
    except cls:
        return 100
    except ValueError:
        return 1
def hot(n, value):
    total, data = 0, [1, 2, 3, 4]
    for i in range(n):
        total += len(data[value:]) + data[value] + len("abcd"[:value]) + caught(E)
        total += (value in data) + (value in (1, 2)) + {value: 2}[value] + (value < 3)
        total += {1: 2}.get(value, 5) + data.count(value) + (value + 1)
        total += max(value, 0) is value
    return total
for value in Value(), Number(1):
    again = type(hot)(hot.__code__.replace(), globals())
    print([again(60, value) for _ in range(3)], asked)
""",
}


def test_nothing_of_ours_is_seen(tmp_path: Path) -> None:
    """None of these mistakes has come back."""
    paths = []
    for name, source in SEEN.items():
        path = tmp_path / (name.replace(" ", "_") + ".py")
        path.write_text(source, encoding="utf-8")
        paths.append(str(path))
    for threshold in (2, 5):
        found, _ = differential.differences(paths, differential.Mode("hot", threshold))
        assert not found, "\n".join(found)
