"""``hotloop run X`` and ``python X`` are the same: stdout, stderr and status, byte for byte.

Each case is run under python and under ``python -m hotloop run``, some also under the ``hotloop``
script, in the same folder of small programs. The engine is off (``HOTLOOP_EXECUTOR=none``): what is
tested is everything around it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

FILES = {
    "about.py": """
        import sys
        for name, value in globals().copy().items():
            if name == "__loader__":
                value = type(value), value.name, value.path
            print(name, value)
        print(sys.argv, sys.path, sys.flags, sys.executable, sys.warnoptions, sys._xoptions)
        print(sys.modules["__main__"].__dict__ is globals(), type(sys.modules["__main__"]))
        print(__import__("__main__").__file__, "hotloop" in __builtins__.__dict__)
        """,
    "frames.py": """
        import faulthandler, inspect, sys, traceback, tracemalloc, warnings
        print(sys._getframe().f_back)
        try:
            sys._getframe(1)
        except ValueError as error:
            print(error)
        def depth(n=0):
            try:
                return depth(n + 1)
            except RecursionError:
                return n
        print(depth(), sys.getrecursionlimit())
        sys.setrecursionlimit(300)
        print(depth(), sys.getrecursionlimit())
        faulthandler.dump_traceback()
        traceback.print_stack()
        warnings.warn("one", stacklevel=1)
        warnings.warn("three", stacklevel=3)
        print([frame.function for frame in inspect.stack()])
        print([f.f_code.co_name for f in sys._current_frames().values()])
        tracemalloc.start(20)
        print(tracemalloc.get_object_traceback(bytes(1000)))
        class Late:
            def __del__(self):
                print("deleted", depth() > 100)
        late = Late()
        def inner():
            raise ValueError("text") from KeyError("cause")
        inner()
        """,
    "raises.py": """
        import sys
        def divide():
            return 1 / 0
        def notes():
            error = ValueError("with notes")
            error.add_note("a note")
            raise ExceptionGroup("group", [error, TypeError(1)])
        def context():
            try:
                divide()
            except ZeroDivisionError:
                {}["key"]
        def hook():
            def show(kind, error, traceback):
                print("hook", __file__, kind, error, traceback.tb_frame.f_code.co_name)
                print(traceback.tb_next.tb_next, sys.exc_info()[0])
            sys.excepthook = show
            divide()
        def bad_hook():
            sys.excepthook = lambda *error: 1 / 0
            divide()
        def no_hook():
            del sys.excepthook
            divide()
        def at_exit():
            import atexit
            def last():
                print("exit", globals().get("__file__"), sys.last_value, sys.last_traceback)
                raise OSError("in exit handler")
            atexit.register(last)
            divide()
        def recursion():
            recursion()
        def unraisable():
            class Bad:
                def __del__(self):
                    divide()
            Bad()
        def in_runpy():
            import runpy
            runpy.run_path("raises.py", run_name="other")
        def interrupt():
            raise KeyboardInterrupt("by hand")
        def custom():
            class Mine(KeyboardInterrupt):
                __module__ = "there"
            raise Mine
        if __name__ == "other":
            divide()
        print("before")
        globals()[sys.argv[1]]()
        """,
    "exits.py": """
        import sys, threading, os, atexit, time
        kind = sys.argv[1]
        @atexit.register
        def last():
            print("last", globals().get("__file__"), kind)
        print("out", end="")
        if kind == "three":
            sys.exit(3)
        if kind == "text":
            sys.exit("a message")
        if kind == "none":
            sys.exit()
        if kind == "true":
            sys.exit(True)
        if kind == "big":
            sys.exit(259)
        if kind == "object":
            sys.exit((1, "two"))
        if kind == "hard":
            os._exit(4)
        if kind == "raise":
            raise SystemExit
        if kind == "thread":
            def work():
                threading.main_thread().join()
                print("thread", globals().get("__file__"), threading.active_count())
            threading.Thread(target=work).start()
            def fail():
                raise ValueError("in a thread")
            for target in (fail, lambda: sys.exit("from thread")):
                thread = threading.Thread(target=target, name="failing")
                thread.start()
                thread.join()
        if kind == "daemon":
            threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
        if kind == "finally":
            try:
                raise ValueError
            finally:
                sys.exit(5)
        if kind == "atexit":
            atexit.register(sys.exit, 7)
        if kind == "closed":
            sys.stdout.close()
        if kind == "nostderr":
            sys.stderr = None
            1 / 0
        if kind == "stream":
            class Stream:
                def write(self, text):
                    os.write(1, text.encode())
                def flush(self):
                    os.write(1, b"flush")
                    raise ValueError("flush")
            sys.stdout = Stream()
            1 / 0
        if kind == "signal":
            os.kill(os.getpid(), 15)
        if kind == "order":
            class Named:
                def __init__(self, name):
                    self.name = name
                def __del__(self):
                    os.write(1, self.name.encode())
            a, b, _c = Named("a"), Named("b"), Named("c")
            cycle = [Named("d")]
            cycle.append(cycle)
        """,
    "interrupt.py": """
        import os, signal, sys, time
        def spin(caught):
            try:
                for i in range(10**9):
                    if i == 1000:
                        os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt as error:
                if not caught:
                    raise
                print("caught", error)
        spin(True)
        spin(False)
        """,
    "pipe.py": """
        import sys
        for i in range(100_000):
            print("line", i)
        """,
    "reads.py": """
        import sys
        print(input("first? "), sys.stdin.readline(), sys.stdin.read(), sys.stdin.fileno())
        input("none left")
        """,
    "tricks.py": """
        import dataclasses, enum, inspect, pickle, sys, typing, __main__
        @dataclasses.dataclass
        class Point:
            x: int
            y: "typing.Optional[Point]" = None
        class Color(enum.Enum):
            RED = 1
        print(pickle.loads(pickle.dumps([Point(1), Color.RED])), Point.__module__)
        print(typing.get_type_hints(Point), inspect.getsource(Point), inspect.getmodule(Point))
        print(__main__ is sys.modules["__main__"], __main__.Point is Point)
        x: int = 1
        print(__annotations__, __name__ == "__main__", vars(__main__) is globals())
        print(eval("x"), exec("y = 2"), y, locals() is globals())
        del sys.argv, sys.modules["__main__"]
        """,
    "spawn.py": """
        import multiprocessing, sys
        class Box:
            def __init__(self, value):
                self.value = value
        def double(box):
            return Box(box.value * 2), __name__, sys.argv
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    for box, name, argv in pool.map(double, [Box(1), Box(21)]):
                        print(method, box.value, name, argv)
        else:
            print("imported as", __name__, flush=True)
        """,
    "profiled.py": """
        import sys, atexit
        def show(frame, event, arg):
            name = getattr(arg, "__name__", type(arg).__name__)
            print(event, frame.f_code.co_name, frame.f_lineno, name, file=sys.__stdout__)
            return show
        def work():
            return len("abc")
        atexit.register(work)
        getattr(sys, sys.argv[1])(show)
        work()
        if sys.argv[2:]:
            sys.exit(9)
        """,
    "own/shadow.py": """
        import ctypes, dataclasses, struct, atexit, json, queue, os
        print(ctypes.mine, struct.mine, atexit, json.mine, queue.mine, os.path.__name__)
        print(dataclasses.__file__, hasattr(dataclasses, "dataclass"))
        """,
    "own/ctypes.py": "mine = 'ctypes'",
    "own/struct.py": "mine = 'struct'",
    "own/json/__init__.py": "mine = 'json'",
    "own/queue.py": "mine = 'queue'",
    "own/os.py": "mine = 'never'",
    "package/__init__.py": "print('package', __name__)",
    "package/__main__.py": """
        import sys
        from . import helper
        from .helper import add
        print(__name__, __package__, __spec__.name, __file__, sys.argv, sys.path[0], __cached__)
        print(add(1, 2), helper.__name__, len(sys._current_frames()))
        frame = sys._getframe()
        while frame:
            print(frame.f_code.co_name, frame.f_code.co_filename)
            frame = frame.f_back
        def depth(n=0):
            try:
                return depth(n + 1)
            except RecursionError:
                return n
        print(depth())
        if sys.argv[1:]:
            globals()[sys.argv[1]]
        """,
    "package/helper.py": """
        def add(a, b):
            return a + b
        if __name__ == "__main__":
            from . import nothing
        """,
    "folder/__main__.py": """
        import sys, sibling
        print(__name__, __package__, repr(__spec__), __file__, sys.argv, sys.path[0], sibling.here)
        1 / 0
        """,
    "folder/sibling.py": "here = 1",
    "empty/nothing.txt": "",
    "asynchronous.py": """
        import asyncio, contextvars, sys
        async def main():
            await asyncio.gather(*(asyncio.sleep(0, i) for i in range(3)))
            raise LookupError("in a task")
        asyncio.run(main())
        """,
    "-dash.py": "import sys; print(sys.argv, __file__)",
    "noext": "import sys; print(sys.argv, __file__)",
    "bad/syntax.py": "def f(:\n    pass\n",
    "bad/indent.py": "if 1:\n  x\n x\n",
    "bad/tab.py": "if 1:\n\tx\n        x\n",
    "bad/string.py": "x = 1\ny = 'abc\n",
    "bad/paren.py": "f(1,\n  2\n",
    "bad/return.py": "return 1\n",
    "bad/future.py": "x = 1\nfrom __future__ import annotations\n",
    "bad/import.py": "import syntax\n",
    "bad/warn.py": "x = 1 is 1\nprint('\\d')\n",
}

RAW = {
    "bad/latin.py": b"x = 1\ny = '\xe9'\n",
    "bad/cookie.py": b"# -*- coding: nonsense -*-\n",
    "bad/null.py": b"x = 1\0\n",
    "good_latin.py": b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n1/0 # \xe9\n",
    "bom.py": b"\xef\xbb\xbfprint('bom')\r\nprint('crlf')\r\n1/0",
    "bad/magic.pyc": b"nonsense and more",
    "nothing.py": b"",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("programs")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    for name, data in RAW.items():
        (root / name).write_bytes(data)
    with zipfile.ZipFile(root / "app.zip", "w") as archive:
        archive.write(root / "folder/__main__.py", "__main__.py")
        archive.write(root / "folder/sibling.py", "sibling.py")
    (root / "link.py").symlink_to("folder/../package/helper.py")
    compile_all = "import py_compile; py_compile.compile('raises.py', 'raises.pyc')"
    subprocess.run([sys.executable, "-c", compile_all], cwd=root, check=True)
    (root / "compiled").write_bytes((root / "raises.pyc").read_bytes())
    script = "import sys\nfrom hotloop.__main__ import main\nsys.exit(main())\n"
    (root / "bin").mkdir()
    (root / "bin/hotloop").write_text(script)
    return root


# name: the words after `python`, and standard input
CASES: dict[str, tuple[list[str], str]] = {
    "about": (["about.py", "a", "--stats", "-c", "--", "é"], ""),
    "about, path": (["./package/../about.py"], ""),
    "about, absolute": (["{folder}/about.py"], ""),
    "about, options": (["-u", "-W", "error::UserWarning", "-Xdev", "-O", "about.py"], ""),
    "about, isolated": (["-I", "about.py"], ""),
    "about, safe path": (["-P", "about.py"], ""),
    "about, text": (["-c", "import sys; print(globals(), sys.argv, sys.path[0])", "-x", "y"], ""),
    "about, joined text": (["-Bc", "import sys; print(sys.argv, sys.flags)", "-x"], ""),
    "about, stdin": (["-", "a"], "import sys; print(globals(), sys.argv, sys.path[0], input())\n7"),
    "frames": (["frames.py"], ""),
    "frames, text": (["-c", "import sys; print(sys._getframe().f_back); 1/0"], ""),
    "frames, stdin": (["-"], "import sys\nprint(sys._getframe().f_back)\n1/0\n"),
    **{
        f"raises {kind}": (["raises.py", kind], "")
        for kind in [
            "divide",
            "notes",
            "context",
            "hook",
            "bad_hook",
            "no_hook",
            "at_exit",
            "recursion",
            "unraisable",
            "in_runpy",
            "interrupt",
            "custom",
            "missing",
        ]
    },
    **{
        f"exits {kind}": (["exits.py", kind], "")
        for kind in [
            "three",
            "text",
            "none",
            "true",
            "big",
            "object",
            "hard",
            "raise",
            "thread",
            "daemon",
            "finally",
            "atexit",
            "closed",
            "nostderr",
            "stream",
            "signal",
            "order",
        ]
    },
    "exits, stdin": (["-"], "import sys; sys.exit(3)"),
    "exits, text": (["-c", "import sys; sys.exit('text')"], ""),
    "interrupt": (["interrupt.py"], ""),
    "interrupt, text": (["-c", "raise KeyboardInterrupt"], ""),
    "interrupt, module": (["-m", "interrupt"], ""),
    "reads": (["reads.py"], "one\ntwo\nthree\nfour"),
    "reads, no input": (["reads.py"], ""),
    "tricks": (["tricks.py"], ""),
    "spawn": (["spawn.py", "a"], ""),
    "profile": (["profiled.py", "setprofile"], ""),
    "profile, exit": (["profiled.py", "setprofile", "exit"], ""),
    "trace": (["profiled.py", "settrace"], ""),
    "trace, exit": (["profiled.py", "settrace", "exit"], ""),
    "shadow": (["own/shadow.py"], ""),
    "asynchronous": (["asynchronous.py"], ""),
    "module": (["-m", "package", "-x"], ""),
    "module raises": (["-m", "package", "missing"], ""),
    "module, joined": (["-mpackage"], ""),
    "module of package": (["-m", "package.helper"], ""),
    "module of standard library": (["-m", "json.tool"], '{"a": [1]}'),
    "module with program": (["-m", "trace", "--count", "--missing", "-C", "/tmp", "noext"], ""),
    "module missing": (["-m", "nonsense"], ""),
    "module missing in package": (["-m", "package.nonsense"], ""),
    "module is a folder": (["-m", "empty"], ""),
    "folder": (["folder", "a"], ""),
    "zip": (["app.zip", "a"], ""),
    "folder without main": (["empty"], ""),
    "this folder": (["."], ""),
    "text that is no text": (["-c", "print('\udcff')"], ""),
    "debugger": (["-m", "pdb", "raises.py", "divide"], "b divide\nc\nw\nu\np kind\nc\nq\n"),
    "crash": (["-X", "faulthandler", "-c", "import ctypes; ctypes.string_at(0)"], ""),
    "link": (["link.py"], ""),
    "compiled": (["raises.pyc", "context"], ""),
    "compiled, other name": (["compiled", "divide"], ""),
    "dash": (["--", "-dash.py", "x"], ""),
    "no extension": (["noext", "-x"], ""),
    "device": (["/dev/stdin", "x"], "import sys; print(sys.argv, __file__)"),
    "missing": (["nonsense/missing.py"], ""),
    "missing folder": (["nonsense/"], ""),
    "text syntax": (["-c", "x = = 1"], ""),
    "text with escapes": (["-c", "print(ascii('é'))\nraise ValueError('é')"], ""),
    "stdin syntax": (["-"], "x = 1\nx = = 1\n"),
    "stdin empty": (["-"], ""),
    "inspect": (["-i", "noext"], "print(__name__)\n1/0\nexit(3)\n"),
    "inspect after error": (["-i", "raises.py", "divide"], "import sys; sys.last_value\n"),
    "inspect after exit": (["-i", "exits.py", "three"], "print(kind)\n"),
    "latin": (["good_latin.py"], ""),
    "bom": (["bom.py"], ""),
    "nothing": (["nothing.py"], ""),
    **{
        f"bad {name}": ([f"bad/{name}"], "")
        for name in sorted(Path(name).name for name in (*FILES, *RAW) if name.startswith("bad/"))
    },
    "bad, warnings are errors": (["-W", "error", "bad/warn.py"], ""),
}


# Those in which it can matter that a script, and not `python -m`, started hotloop.
SCRIPT_CASES = (
    "about",
    "about, options",
    "frames",
    "raises hook",
    "raises at_exit",
    "exits text",
    "exits stream",
    "interrupt",
    "interrupt, module",
    "profile",
    "module",
    "folder",
    "inspect",
    "inspect after exit",
)


def outcome(process: subprocess.Popen[bytes], stdin: str) -> tuple[str, str, int]:
    out, err = process.communicate(stdin.encode(), timeout=60)
    blank = re.compile(rb"0x[0-9a-f]+")
    texts = (blank.sub(b"0x", text).decode(errors="backslashreplace") for text in (out, err))
    return next(texts), next(texts), process.returncode


def start(words: list[str], folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLOOP", "PYTHON"))}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("name", CASES)
def test_a_program_runs_as_under_python(folder: Path, name: str) -> None:
    words, stdin = CASES[name]
    words = [word.replace("{folder}", str(folder)) for word in words]
    plain = start(words, folder)
    ours = start(["-m", "hotloop", "run", *words], folder, HOTLOOP_EXECUTOR="none")
    assert outcome(ours, stdin) == outcome(plain, stdin)


@pytest.mark.parametrize("name", SCRIPT_CASES)
def test_a_program_runs_as_under_python_from_the_script(folder: Path, name: str) -> None:
    words, stdin = CASES[name]
    plain = start(words, folder)
    ours = start(["bin/hotloop", "run", *words], folder, HOTLOOP_EXECUTOR="none")
    assert outcome(ours, stdin) == outcome(plain, stdin)
