"""Text to trace: the inverse of the printer.

Parsing builds whatever the text says; whether that is a valid trace is the business of
``verify``. Values are named by any letter and number; the numbers need not be in order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from hotloop_ir import descr as descriptors
from hotloop_ir import helpers, ops  # noqa: F401 - fill the tables
from hotloop_ir.helper import helper_named
from hotloop_ir.op import Op, registry
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.snapshot import FrameState, ReturnKind, Slot, Snapshot
from hotloop_ir.text.cursor import Cursor
from hotloop_ir.text.lexer import ParseError
from hotloop_ir.text.names import Names
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import NULL, Const, Param, Type, Value, const_bool, const_ref

__all__ = ["ParseError", "parse_trace"]

_NO_LITERALS: Final = ("nan", "-nan", "inf", "-inf")
_TYPES: Final = {type.value: type for type in Type}
_WORDS: Final[dict[str, Value[Any]]] = {
    "NULL": NULL,
    "true": const_bool(True),
    "false": const_bool(False),
    "None": const_ref(None),
    "True": const_ref(True),
    "False": const_ref(False),
    "Ellipsis": const_ref(...),
}


def parse_trace(text: str, names: Names | Mapping[str, object] | None = None) -> Trace:
    """The trace of a text. Raises ParseError.

    ``names`` says which objects the names of the text are (builtins are known): the
    table the text was printed with, or a plain namespace. Unknown names of code
    objects become placeholders, other unknown names are errors.
    """
    table = names if isinstance(names, Names) else Names(names)
    return _Parser(text, table).trace()


def _is_value_name(text: str) -> bool:
    return text[0] in _TYPES and text[1:].isdecimal()


class _Parser(Cursor):
    def __init__(self, text: str, names: Names) -> None:
        super().__init__(text)
        self.names = names
        self.values: dict[str, Value[Any]] = {}
        self.labels: dict[str, Label] = {}
        self.targets: dict[Op[Any], Target] = {}
        self.shared: dict[str, Value[Any]] = {}

    # --- the trace ------------------------------------------------------------------------

    def trace(self) -> Trace:
        kind = TraceKind.LOOP
        name = ""
        if self.peek().kind == "name":
            try:
                kind = TraceKind(self.expect("name"))
            except ValueError:
                raise self.error("a trace begins with its inputs in brackets") from None
            if self.peek().kind == "string":
                name = str(ast.literal_eval(self.expect("string")))
        self.expect("[")
        known: dict[Param[Any], type] = {}
        borrowed: set[Param[Any]] = set()
        inputs = self.listed("]", lambda: self.input(known, borrowed))
        types = tuple([param.type for param in inputs])
        start = self.target(self.expect("object")[1:-1], types) if self.take("as") else None
        self.expect("newline")
        operations = []
        while self.position < len(self.tokens):
            operations.append(self.line())
        trace = Trace(inputs, operations, kind, name, known)
        trace.borrowed = frozenset(borrowed)
        trace.targets = self.targets
        trace.start = start
        return trace

    def input(self, known: dict[Param[Any], type], borrowed: set[Param[Any]]) -> Param[Any]:
        is_borrowed = self.take("&")
        param = self.param()
        if is_borrowed:
            borrowed.add(param)
        if self.take(":"):
            cls = self.object()
            if not isinstance(cls, type):
                raise self.error("the known class of an input is no type")
            known[param] = cls
        return param

    def param(self) -> Param[Any]:
        name = self.value_name()
        param: Param[Any] = Param(_TYPES[name[0]])
        self.define(name, param)
        return param

    def value_name(self) -> str:
        name = self.expect("name")
        if not _is_value_name(name):
            raise self.error(f"{name} is no value (a letter of {''.join(_TYPES)} and a number)")
        return name

    def define(self, name: str, value: Value[Any]) -> None:
        if name in self.values:
            raise self.error(f"{name} is defined twice")
        self.values[name] = value

    def line(self) -> Op[Any]:
        result = ""
        if _is_value_name(self.peek().text):
            result = self.value_name()
            self.expect("=")
        mnemonic = self.expect("name")
        if mnemonic == "label":
            op: Op[Any] = self.label()
        elif mnemonic == "jump":
            op = self.jump()
        else:
            op = self.op(mnemonic, self.operand)
            if type(op).has_snapshot:
                op.snapshot = self.snapshot()
        if (op.type is Type.VOID) != (result == ""):
            raise self.error(f"{mnemonic} gives a result or none, the text says otherwise")
        if result:
            if result[0] != op.type.value:
                raise self.error(f"{mnemonic} gives {op.type.value}, not {result[0]}")
            self.define(result, op)
        self.expect("newline")
        return op

    def label(self) -> Label:
        name = self.expect("name")
        self.expect("(")
        pairs = self.listed(")", self.label_pair)
        label = Label(tuple([value for _, value in pairs]), tuple([param for param, _ in pairs]))
        self.labels[name] = label
        if self.take("as"):
            target = self.expect("object")[1:-1]
            self.targets[label] = self.target(target, tuple([p.type for p, _ in pairs]))
        return label

    def label_pair(self) -> tuple[Param[Any], Value[Any]]:
        param = self.param()
        self.expect("=")
        return param, self.operand()

    def target(self, name: str, types: tuple[Type, ...]) -> Target:
        try:
            found = self.names.lookup(name)
        except KeyError:
            found = Target(name, types)
            self.names.bind(name, found)
        if not isinstance(found, Target):
            raise self.error(f"{name} is no Target")
        return found

    def jump(self) -> Jump:
        token = self.peek()
        if token.kind == "object":
            self.position += 1
        name = self.expect("name") if token.kind == "name" else ""
        self.expect("(")
        operands = self.listed(")", self.operand)
        if token.kind == "object":
            types = tuple([value.type for value in operands])
            return Jump(tuple(operands), self.target(token.text[1:-1], types))
        if name and name not in self.labels:
            raise self.error(f"no label {name}")
        return Jump(tuple(operands), self.labels[name] if name else None)

    # --- operations -----------------------------------------------------------------------

    def op(self, mnemonic: str, item: Callable[[], Value[Any]]) -> Op[Any]:
        """An op after its mnemonic, without its snapshot; ``item`` parses an operand."""
        cls = registry.get(mnemonic)
        if cls is None:
            raise self.error(f"no operation {mnemonic}")
        fields: dict[str, Any] = {}
        if "helper" in cls.immediates:
            name = self.expect("name")
            try:
                fields["helper"] = helper_named(name)
            except KeyError:
                raise self.error(f"no helper {name}") from None
        target = self.expect("object")[1:-1] if "target" in cls.immediates else ""
        self.expect("(")
        operands = self.operands(cls, fields, item)
        if target:
            taken = [value.type for value in operands[len(cls.operand_types) :]]
            fields["target"] = self.target(target, tuple(taken))
        for name in cls.immediates:
            fields.setdefault(name, ())
        if cls.has_snapshot:
            fields["snapshot"] = None
        return self.make(cls, operands, fields)

    def make(self, cls: Any, operands: list[Value[Any]], fields: dict[str, Any]) -> Op[Any]:
        count = len(cls.operand_types)
        if len(operands) < count or (len(operands) > count and cls.variadic is None):
            raise self.error(f"{cls.mnemonic} takes {count} operands, not {len(operands)}")
        tail = () if cls.variadic is None else (tuple(operands[count:]),)
        op: Op[Any] = cls(*operands[:count], *tail, **fields)
        return op

    def operands(
        self, cls: type[Op[Any]], fields: dict[str, Any], item: Callable[[], Value[Any]]
    ) -> list[Value[Any]]:
        """Operands, then immediates in their order; tuples are given by keyword."""
        found: list[Value[Any]] = []
        single = [name for name in cls.immediates if name in ("cls", "descr")]
        while not self.take(")"):
            if found or len(fields) > ("helper" in fields):
                self.expect(",")
            if self.tokens[self.position + 1].text == "=" and self.peek().kind == "name":
                name = self.expect("name")
                if name not in cls.immediates:
                    raise self.error(f"{cls.mnemonic} has no {name}")
                self.expect("=")
                fields[name] = self.literal_tuple()
            elif single and self.is_immediate(single[0]):
                name = single.pop(0)
                fields[name] = self.descr() if name == "descr" else self.object()
            else:
                found.append(item())
        if single:
            raise self.error(f"{cls.mnemonic} needs its {single[0]}")
        return found

    def is_immediate(self, name: str) -> bool:
        """Whether the next token is the immediate ``name`` and not an operand."""
        token = self.peek()
        following = self.tokens[self.position + 1].text
        if token.kind == "object":  # the class is the last thing before keywords
            ahead = self.tokens[self.position + 2 : self.position + 4]
            keyword = len(ahead) == 2 and ahead[1].text == "="
            return name == "cls" and (following == ")" or (following == "," and keyword))
        if token.kind != "name" or following == "(" or _is_value_name(token.text):
            return False
        return token.text not in _WORDS

    def literal_tuple(self) -> tuple[object, ...]:
        """A tuple of numbers or strings as Python writes it."""
        found: list[object] = []
        self.expect("(")
        while not self.take(")"):
            token = self.peek()
            if token.kind not in ("int", "string"):
                raise self.error("expected a number or a string")
            self.position += 1
            found.append(ast.literal_eval(token.text))
            if not self.at(")"):
                self.expect(",")
        return tuple(found)

    def descr(self) -> descriptors.Descr:
        name = self.expect("name")
        try:
            return descriptors.lookup(name)
        except KeyError:
            raise self.error(f"no descriptor {name}") from None

    def object(self) -> object:
        """The object of a bare or bracketed name."""
        token = self.peek()
        name = token.text[1:-1] if token.kind == "object" else token.text
        if token.kind not in ("name", "object"):
            raise self.error("expected the name of an object")
        try:
            found = self.names.lookup(name)
        except KeyError:
            raise self.error(f"no object {name}") from None
        self.position += 1
        return found

    def operand(self) -> Value[Any]:
        token = self.peek()
        kind, text = token.kind, token.text
        if kind == "name" and text not in _WORDS:
            if text not in self.values:
                raise self.error(f"no value {text}")
            found = self.values[text]
        elif kind == "name":
            found = _WORDS[text]
        elif kind == "object":
            found = self.constant(text[1:-1])
        elif kind == "string":
            found = const_ref(self.names.literal(text, ast.literal_eval(text)))
        elif kind == "int":
            found = Const(Type.INT, int(text))
        elif kind == "raw":
            found = Const(Type.RAW, int(text, 16))
        elif kind == "float":
            found = Const(Type.FLOAT, float(text))
        else:
            raise self.error(f"expected a value instead of {text or kind!r}")
        self.position += 1
        return found

    def constant(self, text: str) -> Const[Any]:
        """The REF constant of ``<text>``: a name, or a literal."""
        try:
            return const_ref(self.names.lookup(text))
        except KeyError:
            pass
        try:
            value = float(text) if text in _NO_LITERALS else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            raise self.error(f"no object {text}") from None
        return const_ref(self.names.literal(text, value))

    # --- snapshots ------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        self.shared = {}
        frames = []
        while self.peek().kind == "frame":
            frames.append(self.frame())
        if not frames:
            raise self.error("expected a snapshot (@...)")
        chained: FrameState | None = None
        for code, function, pc, local, stack, kind, extra in reversed(frames):
            chained = FrameState(code, function, pc, local, stack, chained, kind, extra)
        assert chained is not None
        owned: list[Value[Any]] = []
        if self.take("owns"):
            self.expect("[")
            owned = self.listed("]", self.operand)
        return Snapshot(chained, tuple(owned), not self.take("outcome"))

    def frame(self) -> tuple[Any, ...]:
        name, _, pc = self.expect("frame")[1:].rpartition(":")
        code = self.names.code(name) if name else None
        function: Slot = None
        extra: Slot = None
        kind = ReturnKind.PUSH
        for word, value in self.listed("}", self.note) if self.take("{") else []:
            if word == "fn":
                function = value
            else:
                kind, extra = self.return_kind(word), value
        self.expect("[")
        slots: list[list[Slot]] = [[]]
        while not self.take("]"):
            if self.take("|"):
                slots.append([])
                continue
            if slots[-1]:
                self.expect(",")
            slots[-1].append(self.slot())
        if len(slots) > 2:
            raise self.error("a frame has locals and one stack")
        stack = slots[1] if len(slots) == 2 else []
        return code, function, int(pc), tuple(slots[0]), tuple(stack), kind, extra

    def note(self) -> tuple[str, Slot]:
        word = self.expect("name")
        return word, self.slot() if self.take("=") else None

    def return_kind(self, word: str) -> ReturnKind:
        try:
            return ReturnKind(word)
        except ValueError:
            raise self.error(f"no return kind {word}") from None

    def slot(self) -> Slot:
        return None if self.take("-") else self.resumed()

    def resumed(self) -> Value[Any]:
        """A value of a frame: an operand or a removed allocation, perhaps shared."""
        token = self.peek()
        if token.kind == "share":
            self.position += 1
            if self.take("="):
                self.shared[token.text] = self.virtual()
            elif token.text not in self.shared:
                raise self.error(f"no {token.text} before")
            return self.shared[token.text]
        if token.kind == "name" and self.tokens[self.position + 1].text == "(":
            return self.virtual()
        return self.operand()

    def virtual(self) -> Op[Any]:
        return self.op(self.expect("name"), self.resumed)
