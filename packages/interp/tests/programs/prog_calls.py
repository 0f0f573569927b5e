# mypy: ignore-errors
# Programs are data: as untyped as the programs that are run.
# ruff: noqa
"""Calls, functions, classes, operators of user types."""

import functools
import operator


def program_arguments():
    def f(a, b=2, /, c=3, *args, d=4, e, **kw):
        return a, b, c, args, d, e, kw

    out = [f(1, e=5), f(1, 2, 3, 4, 5, e=6, x=7), f(1, c=9, e=1, d=2)]
    for call in (
        lambda: f(),
        lambda: f(1),
        lambda: f(1, e=1, c=2, a=3),
        lambda: f(1, 2, 3, c=4, e=5),
        lambda: f(*[1, 2], **{"e": 3}),
        lambda: f(**{"a": 1}),
        lambda: f(1, **{"e": 1}, e=2),
        lambda: f(*5),
        lambda: f(**5),
        lambda: f(1, e=2, **{1: 2}),
        lambda: (lambda: 0)(1),
        lambda: (lambda a: 0)(b=1),
        lambda: (lambda a, b: 0)(1),
        lambda: (lambda *, k: 0)(),
        lambda: (lambda a, /: 0)(a=1),
        lambda: len(),
        lambda: len(1, 2),
        lambda: 5(),
        lambda: int(x=1),
        lambda: print(**{"x": 1}),
        lambda: dict(**{"a": 1}, **{"a": 2}),
    ):
        try:
            out.append(call())
        except TypeError as e:
            out.append(str(e))
    return out


def program_evaluation_order():
    log = []

    def v(x):
        log.append(x)
        return x

    def f(*a, **k):
        return a, k

    f(v(1), *[v(2)], v(3), k=v(4), **{"z": v(5)})
    [v(6), {v(7): v(8)}, v(9) + v(10)]
    d = {}
    d[v(11)] = v(12)
    v(13) < v(14) < v(15)
    return log


def program_functions():
    def f(a: int, b: "str" = 1, *, c: float = 2) -> None:
        """Doc."""

    return (
        f.__annotations__,
        f.__defaults__,
        f.__kwdefaults__,
        f.__doc__,
        f.__name__,
        f.__qualname__,
        f.__module__,
        f.__closure__,
    )


def program_decorators():
    def twice(f):
        @functools.wraps(f)
        def g(*a):
            return f(*a), f(*a)

        return g

    @twice
    @functools.lru_cache
    def h(x):
        return x

    return h(3), h.__name__


def program_methods():
    class A:
        count = 0

        def __init__(self, x):
            self.x = x

        def m(self, y, *, k=0):
            return self.x, y, k

        @classmethod
        def c(cls, y):
            return cls.__name__, y

        @staticmethod
        def s(y):
            return y

        @property
        def p(self):
            return self.x

        @p.setter
        def p(self, v):
            self.x = v

        @p.deleter
        def p(self):
            self.x = None

    a = A(1)
    m = a.m
    a.p = 5
    out = [a.m(2), a.m(2, k=3), A.m(a, 4), A.c(1), a.c(2), A.s(3), a.s(4), m(9), a.p]
    del a.p
    a.f = lambda y: y
    out += [a.x, a.f(6)]
    del a.f
    try:
        a.f
    except AttributeError as e:
        out.append((str(e), e.name, e.obj is a))
    for call in (lambda: A(), lambda: A(1, 2), lambda: a.m(), lambda: a.zip(), lambda: A.c()):
        try:
            call()
        except Exception as e:
            out.append(str(e))
    return out


def program_super_and_mro():
    class A:
        def f(self):
            return ["A"]

    class B(A):
        def f(self):
            return ["B", *super().f()]

    class C(A):
        def f(self):
            return ["C"] + super().f()

    class D(B, C):
        def f(self):
            return ["D"] + super().f()

        def g(self):
            def inner():
                return __class__

            return inner(), super(B, self).f()

    return D().f(), D().g()[1], D().g()[0] is D, [k.__name__ for k in D.__mro__]


def program_new_and_init():
    log = []

    class A:
        def __new__(cls, *a, **k):
            log.append(("new", a, k))
            return object.__new__(cls)

        def __init__(self, *a, **k):
            log.append(("init", a, k))

    class B:
        def __new__(cls, x):
            return x

        def __init__(self, x):
            log.append("never")

    class C(int):
        def __new__(cls, x, y):
            self = super().__new__(cls, x)
            self.y = y
            return self

    class D(dict):
        def __init__(self, **k):
            super().__init__(k)

    class E:
        def __init__(self):
            return 5

    class F(A):
        __new__ = object.__new__

        def __init__(self, x):
            self.x = x

    A(1, k=2)
    out = [B(7), C(3, 4) + 1, C(3, 4).y, D(a=1)]
    try:
        E()
    except TypeError as e:
        out.append(str(e))
    for class_ in object, F:
        try:
            class_(1)
        except TypeError as e:
            out.append(str(e))
    return out, log


def program_metaclasses():
    log = []

    class Meta(type):
        @classmethod
        def __prepare__(meta, name, bases, **kw):
            log.append(("prepare", name, kw))
            return {"prepared": 1}

        def __new__(meta, name, bases, ns, **kw):
            log.append(("new", name, sorted(ns)))
            return super().__new__(meta, name, bases, ns)

        def __init__(cls, name, bases, ns, **kw):
            log.append(("init", name, kw))

        def __call__(cls, *a):
            log.append(("call", a))
            return super().__call__(*a)

    class A(metaclass=Meta, flag=1):
        def __init_subclass__(cls, **kw):
            log.append(("subclass", cls.__name__, kw))

        def __init__(self, x):
            self.x = x

        def who(self):
            return __class__

    class B(A):
        y = 2

    return A(1).x, B(2).y, B(3).who() is A, log, A.prepared, type(B) is Meta


def program_class_errors():
    out = []

    class M1(type):
        pass

    class M2(type):
        pass

    def conflict():
        class A(metaclass=M1):
            pass

        class B(metaclass=M2):
            pass

        class C(A, B):
            pass

    def bad_prepare():
        class M(type):
            @classmethod
            def __prepare__(*a):
                return 5

        class A(metaclass=M):
            pass

    def lost_cell():
        class M(type):
            def __new__(m, n, b, ns):
                ns.pop("__classcell__")
                return type.__new__(m, n, b, ns)

        class A(metaclass=M):
            def f(self):
                return __class__

    def bad_base():
        class A(5):
            pass

    def raising():
        class A:
            1 / 0

    for f in (conflict, bad_prepare, lost_cell, bad_base, raising):
        try:
            f()
        except Exception as e:
            out.append((type(e).__name__, str(e).split(" at 0x")[0]))
    return out


def program_class_bodies():
    x = "outer"

    class A:
        y = len
        len = "inner"
        z = len
        l = [i for i in range(3)]
        a: int = 3
        b: "str"
        try:
            del nothing
        except NameError as e:
            w = str(e)
        for i in range(2):
            pass
        del i

        class Nested:
            def f(self):
                return x

    def f():
        class B:
            v = x

        return B

    class Mapped(dict):
        pass

    return (
        A.y is len,
        A.z,
        A.l,
        A.__annotations__,
        A.w,
        A.Nested().f(),
        hasattr(A, "i"),
        f().v,
        A.__qualname__,
        A.Nested.__qualname__,
    )


def program_mro_entries():
    class Fake:
        def __mro_entries__(self, bases):
            return (Real,)

    class Real:
        pass

    class A(Fake()):
        pass

    class L(list[int]):
        pass

    return A.__bases__ == (Real,), len(A.__orig_bases__), L.__orig_bases__


class Number:
    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"N({self.v})"

    def __add__(self, o):
        return Number(self.v + o.v) if isinstance(o, Number) else NotImplemented

    def __radd__(self, o):
        return Number(o + self.v) if isinstance(o, int) else NotImplemented

    def __iadd__(self, o):
        self.v += 100
        return self

    def __mul__(self, o):
        return "mul"

    def __sub__(self, o):
        return NotImplemented

    def __neg__(self):
        return Number(-self.v)

    def __pos__(self):
        return self

    def __invert__(self):
        return "inverted"

    def __eq__(self, o):
        return self.v == o.v if isinstance(o, Number) else NotImplemented

    def __lt__(self, o):
        return self.v < o.v if isinstance(o, Number) else NotImplemented

    def __hash__(self):
        return hash(self.v)

    def __bool__(self):
        return bool(self.v)

    def __len__(self):
        return 99

    def __call__(self, *a, **k):
        return self.v, a, k

    def __contains__(self, x):
        return x

    def __index__(self):
        return self.v

    def __getitem__(self, i):
        if i > 2:
            raise IndexError(i)
        return i * self.v


class SubNumber(Number):
    def __radd__(self, o):
        return "sub radd"

    def __gt__(self, o):
        return "sub gt"


def program_operators():
    a, b, c = Number(1), Number(2), SubNumber(3)
    out = [
        a + b,
        5 + a,
        a + c,
        c + a,
        c + c,
        -a,
        +a,
        ~a,
        a * 5,
        a == b,
        a == Number(1),
        a != b,
        a != 5,
        a < b,
        b > a,
        a < c,
        a > b,
    ]
    out += [
        a(1, k=2),
        0 in a,
        1 in a,
        [] not in a,
        list(a),
        [*b],
        [1, 2, 3, 4][a],
        bool(Number(0)),
        not a,
        not Number(0),
        len(a),
    ]
    d = a
    d += 5
    out += [d is a, a.v]
    for op in (
        "a - b",
        "a + 'x'",
        "'x' + a",
        "a < 5",
        "5 < a",
        "a @ b",
        "a - 1",
        "1 - a",
        "a ** 2",
        "a >> 1",
        "a <= b",
    ):
        try:
            out.append(eval(op))
        except TypeError as e:
            out.append(str(e))
    if a:
        out.append("true")
    if not Number(0):
        out.append("false")
    while Number(0):
        out.append("never")
    out.append(a and b)
    out.append(Number(0) or b)
    out.append(Number(0) and b)
    return out


def program_truth_errors():
    class A:
        def __bool__(self):
            return 5

    class B:
        def __len__(self):
            return -1

    class C:
        def __len__(self):
            return "a"

    class D:
        def __len__(self):
            return 1 << 70

    class E:
        def __bool__(self):
            raise KeyError("x")

    out = []
    for v in (A(), B(), C(), D(), E()):
        for f in (
            lambda: 1 if v else 2,
            lambda: not v,
            lambda: v and 1,
            lambda: v or 1,
            lambda: bool(v),
        ):
            try:
                out.append(f())
            except Exception as e:
                out.append((type(e).__name__, str(e)))
    return out


def program_attribute_hooks():
    log = []

    class A:
        def __getattr__(self, name):
            log.append(name)
            if name == "missing":
                raise AttributeError(name)
            return name.upper()

        def __setattr__(self, name, value):
            log.append((name, value))
            object.__setattr__(self, name, value)

        def __delattr__(self, name):
            log.append(("del", name))
            object.__delattr__(self, name)

    class B:
        def __getattribute__(self, name):
            return name * 2

    class Descr:
        def __get__(self, o, t):
            return "got"

        def __set__(self, o, v):
            log.append(("set", v))

        def __delete__(self, o):
            log.append("deleted")

    class C:
        d = Descr()
        __slots__ = ("s",)

    a, c = A(), C()
    a.x = 1
    del a.x
    c.d = 4
    del c.d
    c.s = 5
    out = [a.foo, a.bar, B().ab, c.d, c.s, hasattr(a, "missing"), getattr(a, "missing", 3)]
    for f in (lambda: a.missing, lambda: setattr(c, "nope", 1), lambda: C.nope):
        try:
            f()
        except AttributeError as e:
            out.append(str(e))
    return out, log


def program_iterators():
    class It:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if not self.n:
                raise StopIteration("done")
            self.n -= 1
            return self.n

    class Broken:
        def __iter__(self):
            return self

        def __next__(self):
            raise ValueError("broken")

    out = [
        [x for x in It(3)],
        list(It(2)),
        [*It(2)],
        next(It(2)),
        next(It(0), "default"),
        sum(It(4)),
    ]
    for x in It(1):
        out.append(x)
    try:
        for x in Broken():
            pass
    except ValueError as e:
        out.append(str(e))
    try:
        next(It(0))
    except StopIteration as e:
        out.append(e.value)

    def deleg():
        r = yield from It(2)
        out.append(r)

    return out, list(deleg())


def program_callbacks():
    data = [3, 1, 2]
    return (
        sorted(data, key=lambda x: -x),
        list(map(lambda x: x * 2, data)),
        list(filter(lambda x: x > 1, data)),
        functools.reduce(lambda a, b: a + b, data),
        max(data, key=lambda x: -x),
        functools.partial(lambda a, b: a - b, 5)(3),
        operator.attrgetter("real")(5),
        dict.fromkeys(data, 0),
    )


def program_type_of_everything():
    def g():
        yield

    class A:
        def m(self):
            pass

    return [
        type(x).__name__
        for x in (
            g,
            g(),
            A,
            A(),
            A().m,
            A.m,
            lambda: 0,
            len,
            [].append,
            type,
            None,
            ...,
            NotImplemented,
            g.__code__,
        )
    ]


def program_many_locals():
    a0 = a1 = a2 = a3 = a4 = a5 = 1
    b = [a0, a1, a2, a3, a4, a5]
    return sum(b), (lambda *x: x)(*b, *b)


def program_destructor_order():
    log = []

    class D:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            log.append(self.n)

    def f():
        a, b = D("a"), D("b")
        c = D("c")
        c = D("c2")
        log.append("before")
        del a
        log.append("after")
        D("temp")
        [D("x"), D("y")]
        return D("result")

    r = f()
    log.append("back")
    r = None
    return log


def program_match():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def f(v):
        match v:
            case 0 | 1:
                return "small"
            case int(n) if n > 100:
                return "big", n
            case int():
                return "int"
            case str() as s:
                return "str", s
            case []:
                return "empty"
            case [x]:
                return "one", x
            case [1, *rest]:
                return "list", rest
            case [first, *_, last]:
                return "ends", first, last
            case {"k": v, **rest}:
                return "map", v, rest
            case {"a": 1, "b": [b, *_]}:
                return "deep", b
            case P(0, y=y):
                return "P0", y
            case P(x, y):
                return "P", x, y
            case None | True:
                return "const"
            case float(q):
                return "float", q
            case _:
                return "other"

    values = [
        0,
        1,
        5,
        500,
        "s",
        [],
        [7],
        [1, 2, 3],
        [4, 5, 6],
        (1, 2),
        {"k": 1, "z": 2},
        {"a": 1, "b": [3, 4]},
        {},
        P(0, 2),
        P(3, 4),
        None,
        True,
        2.5,
        {1},
        b"x",
        range(3),
    ]
    return [f(v) for v in values]


def program_match_errors():
    class Bad:
        __match_args__ = 5

    class Bad2:
        __match_args__ = (5,)

    class Dup:
        __match_args__ = ("a", "a")
        a = 1

    out = []
    for source in (
        "match Bad():\n case Bad(1): pass",
        "match Bad2():\n case Bad2(1): pass",
        "match Dup():\n case Dup(1, 1): pass",
        "match 5:\n case int(1, 2): pass",
        "match 5:\n case five(): pass",
        "match object():\n case object(1): pass",
        "match Dup():\n case Dup(1, a=1): pass",
    ):
        try:
            exec(source, {"Bad": Bad, "Bad2": Bad2, "Dup": Dup, "five": 5})
            out.append("fine")
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    return out
