"""Native code that finds out whether the death of an object can run Python code, as LLVM IR.

The death is played through: every object that dies is put on a list, the references it
holds are taken away for real, and whoever reaches zero is put on the list too. Then all
of them are given back, and if nothing was found that can run Python code (a finaliser, a weak
reference, a type this module does not know) the object is deallocated. So shared and
repeated children are counted exactly. Nothing is allocated: the list is on the stack, and a
death of more than 4,096 containers counts as not harmless.
"""

from __future__ import annotations

from typing import Final

#: Types whose instances hold no references worth following.
_SIMPLE: Final = ("int", "float", "str", "bool", "none", "bytes", "complex", "range")


def _simple_test() -> str:
    lines = ["define internal i1 @simple(ptr %type) alwaysinline nounwind {"]
    last = ""
    for number, name in enumerate(_SIMPLE):
        lines.append(f"  %t{number} = icmp eq ptr %type, @hl_type_{name}")
        if last:
            lines.append(f"  %o{number} = or i1 {last}, %t{number}")
            last = f"%o{number}"
        else:
            last = f"%t{number}"
    lines.append(f"  ret i1 {last}\n}}")
    return "\n".join(lines)


#: Exact builtin types -> offsets of the reference fields, and of a weak list that must be NULL.
FIELDS: Final[dict[str, tuple[tuple[str, ...], str | None]]] = {
    "cell": (("PyCellObject.ob_ref",), None),
    "slice": (("PySliceObject.start", "PySliceObject.stop", "PySliceObject.step"), None),
    "list_iterator": (("_PyListIterObject.it_seq",), None),
    "tuple_iterator": (("_PyTupleIterObject.it_seq",), None),
    "range_iterator": ((), None),
    "enumerate": (
        ("enumobject.en_sit", "enumobject.en_result", "enumobject.en_longindex"),
        None,
    ),
    "method": (
        ("PyMethodObject.im_func", "PyMethodObject.im_self"),
        "PyMethodObject.im_weakreflist",
    ),
    "builtin": (
        ("PyCFunctionObject.m_self", "PyCFunctionObject.m_module"),
        "PyCFunctionObject.m_weakreflist",
    ),
    "function": (
        (
            "PyFunctionObject.func_globals",
            "PyFunctionObject.func_builtins",
            "PyFunctionObject.func_name",
            "PyFunctionObject.func_qualname",
            "PyFunctionObject.func_code",
            "PyFunctionObject.func_defaults",
            "PyFunctionObject.func_kwdefaults",
            "PyFunctionObject.func_closure",
            "PyFunctionObject.func_doc",
            "PyFunctionObject.func_dict",
            "PyFunctionObject.func_module",
            "PyFunctionObject.func_annotations",
        ),
        "PyFunctionObject.func_weakreflist",
    ),
}  # fmt: skip


def _plain_types() -> str:
    """``@plain``: 1 if an object of a FIELDS type may die; 0 if not; 2 if it is of another type.
    ``@plain_walk``: touch its references.
    """
    test = ["define internal i32 @plain(ptr %object, ptr %type) nounwind {"]
    walk = [
        "define internal void @plain_walk(ptr %state, ptr %object, ptr %type, i1 %undo) nounwind {"
    ]
    for name, (fields, weak) in FIELDS.items():
        for lines in (test, walk):
            lines.append(f"  %is.{name} = icmp eq ptr %type, @hl_type_{name}")
            lines.append(f"  br i1 %is.{name}, label %{name}, label %not.{name}\n{name}:")
        if weak is None:
            test.append("  ret i32 1")
        else:
            test.append(f"  %pw.{name} = getelementptr i8, ptr %object, i64 <<{weak}>>")
            test.append(f"  %w.{name} = load ptr, ptr %pw.{name}")
            test.append(f"  %f.{name} = icmp eq ptr %w.{name}, null")
            test.append(f"  %r.{name} = zext i1 %f.{name} to i32\n  ret i32 %r.{name}")
        for number, field in enumerate(fields):
            walk.append(f"  %p.{name}.{number} = getelementptr i8, ptr %object, i64 <<{field}>>")
            walk.append(f"  call void @touch_at(ptr %state, ptr %p.{name}.{number}, i1 %undo)")
        walk.append("  ret void")
        for lines in (test, walk):
            lines.append(f"not.{name}:")
    return "\n".join([*test, "  ret i32 2\n}", *walk, "  ret void\n}"])


_TYPES: Final = (*_SIMPLE[2:], "list", "tuple", "dict", *FIELDS)
_DECLARED: Final = frozenset(
    ("range", "range_iterator", "list_iterator", "tuple_iterator", "enumerate")
)

_GLOBALS: Final = "\n".join(
    f"@hl_type_{name} = external global i8"
    for name in dict.fromkeys(("float", *_TYPES))
    if name not in _DECLARED
)

_TOUCH: Final = """
%state = type { i64, i64, [4096 x ptr] }

@hl_type_generator = external global i8
declare void @hl_subtype_dealloc(ptr)
declare void @hl_object_dealloc(ptr)

; Take away (or give back) one reference from inside something that dies.
define internal void @touch(ptr %state, ptr %ref, i1 %undo) nounwind {
  %none = icmp eq ptr %ref, null
  br i1 %none, label %done, label %some
some:
  %ptype = getelementptr i8, ptr %ref, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %simple = call i1 @simple(ptr %type)
  br i1 %simple, label %done, label %count
count:
  %old = load i64, ptr %ref
  br i1 %undo, label %back, label %away
back:
  %more = add i64 %old, 1
  store i64 %more, ptr %ref
  br label %done
away:
  %less = add i64 %old, -1
  store i64 %less, ptr %ref
  %dies = icmp eq i64 %less, 0
  br i1 %dies, label %dead, label %done
dead:
  %known = call i1 @known(ptr %ref, ptr %type)
  %length = load i64, ptr %state
  %room = icmp ult i64 %length, 4096
  %ok = and i1 %known, %room
  br i1 %ok, label %push, label %bad
push:
  %entry = getelementptr %state, ptr %state, i64 0, i32 2, i64 %length
  store ptr %ref, ptr %entry
  %longer = add i64 %length, 1
  store i64 %longer, ptr %state
  br label %done
bad:
  %flag = getelementptr %state, ptr %state, i64 0, i32 1
  store i64 1, ptr %flag
  br label %done
done:
  ret void
}

define internal void @touch_at(ptr %state, ptr %place, i1 %undo) nounwind {
  %ref = load ptr, ptr %place
  call void @touch(ptr %state, ptr %ref, i1 %undo)
  ret void
}

define internal void @touch_all(
    ptr %state, ptr %items, i64 %count, i64 %stride, i1 %undo) nounwind {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %body]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %done
body:
  %offset = mul i64 %i, %stride
  %place = getelementptr i8, ptr %items, i64 %offset
  call void @touch_at(ptr %state, ptr %place, i1 %undo)
  %next = add i64 %i, 1
  br label %loop
done:
  ret void
}
"""

_KNOWN: Final = """
; Whether an object of this type may die here, as far as the object itself goes.
define internal i1 @known(ptr %object, ptr %type) nounwind {
  %list = icmp eq ptr %type, @hl_type_list
  %tuple = icmp eq ptr %type, @hl_type_tuple
  %dict = icmp eq ptr %type, @hl_type_dict
  %a = or i1 %list, %tuple
  %b = or i1 %a, %dict
  br i1 %b, label %yes, label %others
yes:
  ret i1 true
others:
  %generator = icmp eq ptr %type, @hl_type_generator
  br i1 %generator, label %ended, label %fields
ended:
  %pstate = getelementptr i8, ptr %object, i64 <<PyGenObject.gi_frame_state>>
  %frame.state = load i8, ptr %pstate
  %over = icmp sge i8 %frame.state, <<FRAME_COMPLETED>>
  %pname = getelementptr i8, ptr %object, i64 <<PyGenObject.gi_name>>
  %pweak = getelementptr i8, ptr %pname, i64 -8
  %weak = load ptr, ptr %pweak
  %unseen = icmp eq ptr %weak, null
  %gone = and i1 %over, %unseen
  ret i1 %gone
fields:
  %plain = call i32 @plain(ptr %object, ptr %type)
  %heap = icmp eq i32 %plain, 2
  br i1 %heap, label %instance, label %answer
answer:
  %fine = icmp eq i32 %plain, 1
  ret i1 %fine
instance:
  %result = call i1 @known_instance(ptr %object, ptr %type)
  ret i1 %result
}

; subtype_dealloc (Objects/typeobject.c) down to object, without finaliser and weak references.
define internal i1 @known_instance(ptr %object, ptr %type) nounwind {
entry:
  %pdealloc = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_dealloc>>
  %dealloc = load ptr, ptr %pdealloc
  %subtype = icmp eq ptr %dealloc, @hl_subtype_dealloc
  %pfinalize = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_finalize>>
  %finalize = load ptr, ptr %pfinalize
  %no.finalize = icmp eq ptr %finalize, null
  %pdel = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_del>>
  %del = load ptr, ptr %pdel
  %no.del = icmp eq ptr %del, null
  %c = and i1 %subtype, %no.finalize
  %d = and i1 %c, %no.del
  br i1 %d, label %weak, label %no
no:
  ret i1 false
weak:
  %pweak = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_weaklistoffset>>
  %offset = load i64, ptr %pweak
  %has = icmp sgt i64 %offset, 0
  br i1 %has, label %look, label %dicts
look:
  %plist = getelementptr i8, ptr %object, i64 %offset
  %list = load ptr, ptr %plist
  %unseen = icmp eq ptr %list, null
  br i1 %unseen, label %dicts, label %no
dicts:
  %pflags = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_flags>>
  %flags = load i64, ptr %pflags
  %bit = and i64 %flags, <<Py_TPFLAGS_MANAGED_DICT>>
  %managed = icmp ne i64 %bit, 0
  %pdict = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_dictoffset>>
  %dictoffset = load i64, ptr %pdict
  %none = icmp eq i64 %dictoffset, 0
  %dict.ok = or i1 %managed, %none
  br i1 %dict.ok, label %bases, label %no
bases:
  %base = phi ptr [%type, %dicts], [%next, %further]
  %pd = getelementptr i8, ptr %base, i64 <<PyTypeObject.tp_dealloc>>
  %bd = load ptr, ptr %pd
  %again = icmp eq ptr %bd, @hl_subtype_dealloc
  br i1 %again, label %further, label %last
further:
  %pn = getelementptr i8, ptr %base, i64 <<PyTypeObject.tp_base>>
  %next = load ptr, ptr %pn
  br label %bases
last:
  %object.base = icmp eq ptr %bd, @hl_object_dealloc
  ret i1 %object.base
}
"""

_WALK: Final = """
; Touch every reference that dies with an object.
define internal void @walk(ptr %state, ptr %object, i1 %undo) nounwind {
  %ptype = getelementptr i8, ptr %object, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %list = icmp eq ptr %type, @hl_type_list
  br i1 %list, label %walk.list, label %a
walk.list:
  %pitems = getelementptr i8, ptr %object, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %pn1 = getelementptr i8, ptr %object, i64 <<PyListObject.ob_size>>
  %n1 = load i64, ptr %pn1
  call void @touch_all(ptr %state, ptr %items, i64 %n1, i64 8, i1 %undo)
  ret void
a:
  %tuple = icmp eq ptr %type, @hl_type_tuple
  br i1 %tuple, label %walk.tuple, label %b
walk.tuple:
  %inside = getelementptr i8, ptr %object, i64 <<PyTupleObject.ob_item>>
  %pn2 = getelementptr i8, ptr %object, i64 <<PyTupleObject.ob_size>>
  %n2 = load i64, ptr %pn2
  call void @touch_all(ptr %state, ptr %inside, i64 %n2, i64 8, i1 %undo)
  ret void
b:
  %dict = icmp eq ptr %type, @hl_type_dict
  br i1 %dict, label %walk.dict, label %c
walk.dict:
  call void @walk_dict(ptr %state, ptr %object, i1 %undo)
  ret void
c:
  %generator = icmp eq ptr %type, @hl_type_generator
  br i1 %generator, label %walk.generator, label %d
walk.generator:
  %pc = getelementptr i8, ptr %object, i64 <<PyGenObject.gi_code>>
  call void @touch_at(ptr %state, ptr %pc, i1 %undo)
  %pe = getelementptr i8, ptr %object, i64 <<PyGenObject.gi_exc_state>>
  call void @touch_at(ptr %state, ptr %pe, i1 %undo)
  ret void
d:
  %plain = call i32 @plain(ptr %object, ptr %type)
  %heap = icmp eq i32 %plain, 2
  br i1 %heap, label %walk.instance, label %walk.plain
walk.plain:
  call void @plain_walk(ptr %state, ptr %object, ptr %type, i1 %undo)
  ret void
walk.instance:
  call void @walk_instance(ptr %state, ptr %object, ptr %type, i1 %undo)
  ret void
}

define internal void @walk_dict(ptr %state, ptr %dict, i1 %undo) nounwind {
  %pkeys = getelementptr i8, ptr %dict, i64 <<PyDictObject.ma_keys>>
  %keys = load ptr, ptr %pkeys
  %pn = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_nentries>>
  %n = load i64, ptr %pn
  %pvalues = getelementptr i8, ptr %dict, i64 <<PyDictObject.ma_values>>
  %values = load ptr, ptr %pvalues
  %combined = icmp eq ptr %values, null
  br i1 %combined, label %table, label %split
split:
  call void @touch_all(ptr %state, ptr %values, i64 %n, i64 8, i1 %undo)
  ret void
table:
  %plog = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_log2_index_bytes>>
  %log = load i8, ptr %plog
  %wide = zext i8 %log to i64
  %bytes = shl i64 1, %wide
  %indices = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_indices>>
  %entries = getelementptr i8, ptr %indices, i64 %bytes
  %pkind = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_kind>>
  %kind = load i8, ptr %pkind
  %general = icmp eq i8 %kind, <<DICT_KEYS_GENERAL>>
  br i1 %general, label %both, label %text
text:
  %tv = getelementptr i8, ptr %entries, i64 <<PyDictUnicodeEntry.me_value>>
  call void @touch_all(ptr %state, ptr %tv, i64 %n, i64 <<sizeof(PyDictUnicodeEntry)>>, i1 %undo)
  ret void
both:
  %gk = getelementptr i8, ptr %entries, i64 <<PyDictKeyEntry.me_key>>
  call void @touch_all(ptr %state, ptr %gk, i64 %n, i64 <<sizeof(PyDictKeyEntry)>>, i1 %undo)
  %gv = getelementptr i8, ptr %entries, i64 <<PyDictKeyEntry.me_value>>
  call void @touch_all(ptr %state, ptr %gv, i64 %n, i64 <<sizeof(PyDictKeyEntry)>>, i1 %undo)
  ret void
}

; Inline values or the dict, then the __slots__ members of every class (clear_slots).
define internal void @walk_instance(ptr %state, ptr %object, ptr %type, i1 %undo) nounwind {
entry:
  %pflags = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_flags>>
  %flags = load i64, ptr %pflags
  %bit = and i64 %flags, <<Py_TPFLAGS_MANAGED_DICT>>
  %managed = icmp ne i64 %bit, 0
  br i1 %managed, label %inline, label %classes
inline:
  %pvalues = getelementptr i8, ptr %object, i64 <<managed.values>>
  %values = load ptr, ptr %pvalues
  %there = icmp ne ptr %values, null
  br i1 %there, label %fill, label %dict
fill:
  %pkeys = getelementptr i8, ptr %type, i64 <<PyHeapTypeObject.ht_cached_keys>>
  %keys = load ptr, ptr %pkeys
  %pn = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_nentries>>
  %n = load i64, ptr %pn
  call void @touch_all(ptr %state, ptr %values, i64 %n, i64 8, i1 %undo)
  br label %classes
dict:
  %pdict = getelementptr i8, ptr %object, i64 <<managed.dict>>
  call void @touch_at(ptr %state, ptr %pdict, i1 %undo)
  br label %classes
classes:
  %class = phi ptr [%type, %entry], [%type, %fill], [%type, %dict], [%base, %above]
  %pd = getelementptr i8, ptr %class, i64 <<PyTypeObject.tp_dealloc>>
  %dealloc = load ptr, ptr %pd
  %more = icmp eq ptr %dealloc, @hl_subtype_dealloc
  br i1 %more, label %members, label %done
members:
  %pcount = getelementptr i8, ptr %class, i64 <<PyVarObject.ob_size>>
  %count = load i64, ptr %pcount
  %pmeta = getelementptr i8, ptr %class, i64 <<PyObject.ob_type>>
  %meta = load ptr, ptr %pmeta
  %psize = getelementptr i8, ptr %meta, i64 <<PyTypeObject.tp_basicsize>>
  %size = load i64, ptr %psize
  %first = getelementptr i8, ptr %class, i64 %size
  br label %loop
loop:
  %i = phi i64 [0, %members], [%next, %step]
  %left = icmp slt i64 %i, %count
  br i1 %left, label %member, label %above
member:
  %skip = mul i64 %i, <<sizeof(PyMemberDef)>>
  %def = getelementptr i8, ptr %first, i64 %skip
  %pkind = getelementptr i8, ptr %def, i64 <<PyMemberDef.type>>
  %kind = load i32, ptr %pkind
  %ref = icmp eq i32 %kind, <<T_OBJECT_EX>>
  %pro = getelementptr i8, ptr %def, i64 <<PyMemberDef.flags>>
  %ro = load i32, ptr %pro
  %readonly = and i32 %ro, 1
  %writable = icmp eq i32 %readonly, 0
  %slot = and i1 %ref, %writable
  br i1 %slot, label %visit, label %step
visit:
  %poffset = getelementptr i8, ptr %def, i64 <<PyMemberDef.offset>>
  %offset = load i64, ptr %poffset
  %place = getelementptr i8, ptr %object, i64 %offset
  call void @touch_at(ptr %state, ptr %place, i1 %undo)
  br label %step
step:
  %next = add i64 %i, 1
  br label %loop
above:
  %pbase = getelementptr i8, ptr %class, i64 <<PyTypeObject.tp_base>>
  %base = load ptr, ptr %pbase
  br label %classes
done:
  ret void
}
"""

_DEATH: Final = """
; Whether the death of an object whose count is zero runs no Python code.
define i1 @hl_harmless(ptr %object) nounwind {
entry:
  %ptype = getelementptr i8, ptr %object, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %simple = call i1 @simple(ptr %type)
  br i1 %simple, label %yes, label %ask
yes:
  ret i1 true
ask:
  %known = call i1 @known(ptr %object, ptr %type)
  br i1 %known, label %play, label %no
no:
  ret i1 false
play:
  %state = alloca %state, align 16
  %flag = getelementptr %state, ptr %state, i64 0, i32 1
  store i64 0, ptr %flag
  store i64 1, ptr %state
  %first = getelementptr %state, ptr %state, i64 0, i32 2, i64 0
  store ptr %object, ptr %first
  br label %away
away:
  %i = phi i64 [0, %play], [%j, %more]
  %entry.i = getelementptr %state, ptr %state, i64 0, i32 2, i64 %i
  %dying = load ptr, ptr %entry.i
  call void @walk(ptr %state, ptr %dying, i1 false)
  %j = add i64 %i, 1
  %bad = load i64, ptr %flag
  %stop = icmp ne i64 %bad, 0
  br i1 %stop, label %undo, label %more
more:
  %length = load i64, ptr %state
  %left = icmp slt i64 %j, %length
  br i1 %left, label %away, label %undo
undo:
  br label %back
back:
  %k = phi i64 [0, %undo], [%l, %back]
  %entry.k = getelementptr %state, ptr %state, i64 0, i32 2, i64 %k
  %again = load ptr, ptr %entry.k
  call void @walk(ptr %state, ptr %again, i1 true)
  %l = add i64 %k, 1
  %rest = icmp slt i64 %l, %j
  br i1 %rest, label %back, label %done
done:
  %found = load i64, ptr %flag
  %clean = icmp eq i64 %found, 0
  ret i1 %clean
}

; Deallocate an object whose count is zero. True: Python code may have run, leave.
define i1 @hl_dealloc_checked(ptr %object, ptr %buf, i64 %record) nounwind {
  %harmless = call i1 @hl_harmless(ptr %object)
  br i1 %harmless, label %quiet, label %loud
quiet:
  call void @_Py_Dealloc(ptr %object)
  ret i1 false
loud:
  call void @hl_before_python(ptr %buf, i64 %record)
  call void @_Py_Dealloc(ptr %object)
  call void @hl_after_python(ptr %buf)
  ret i1 true
}
"""

TEXT: Final = "\n".join((_GLOBALS, _simple_test(), _TOUCH, _plain_types(), _KNOWN, _WALK, _DEATH))
