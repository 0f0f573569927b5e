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

from hotloop_backend_x86.runtime import walks

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
    ("float", "range", "range_iterator", "list_iterator", "tuple_iterator", "enumerate")
)

_GLOBALS: Final = "\n".join(
    f"@hl_type_{name} = external global i8"
    for name in dict.fromkeys(("float", *_TYPES))
    if name not in _DECLARED
)

_TOUCH: Final = """
; How many are on the list, whether something harmful was found, whether a count was changed.
%state = type { i64, i64, i64, [4096 x ptr] }

@hl_type_generator = external global i8
declare void @hl_subtype_dealloc(ptr)
declare void @hl_object_dealloc(ptr)
declare void @hl_tuple_dealloc(ptr)
declare void @hl_list_dealloc(ptr)
declare void @hl_dict_dealloc(ptr)
@hl_type_set = external global i8
@hl_type_frozenset = external global i8

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
  %changed = getelementptr %state, ptr %state, i64 0, i32 2
  store i64 1, ptr %changed
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
  %entry = getelementptr %state, ptr %state, i64 0, i32 3, i64 %length
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
  br i1 %b, label %yes, label %sets
yes:
  ret i1 true
sets:
  %set = icmp eq ptr %type, @hl_type_set
  %frozenset = icmp eq ptr %type, @hl_type_frozenset
  %c = or i1 %set, %frozenset
  br i1 %c, label %unwatched, label %others
unwatched:
  %set.end = getelementptr i8, ptr %object, i64 <<sizeof(PySetObject)>>
  %set.weak = getelementptr i8, ptr %set.end, i64 -8
  %set.list = load ptr, ptr %set.weak
  %set.unseen = icmp eq ptr %set.list, null
  ret i1 %set.unseen
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

; subtype_dealloc (Objects/typeobject.c) down to object, tuple, list or dict, without a
; finaliser and without weak references.
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
  %o = icmp eq ptr %bd, @hl_object_dealloc
  %t = icmp eq ptr %bd, @hl_tuple_dealloc
  %l = icmp eq ptr %bd, @hl_list_dealloc
  %m = icmp eq ptr %bd, @hl_dict_dealloc
  %ot = or i1 %o, %t
  %lm = or i1 %l, %m
  %all = or i1 %ot, %lm
  ret i1 %all
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
  %changed = getelementptr %state, ptr %state, i64 0, i32 2
  store i64 0, ptr %changed
  store i64 1, ptr %state
  %first = getelementptr %state, ptr %state, i64 0, i32 3, i64 0
  store ptr %object, ptr %first
  br label %away
away:
  %i = phi i64 [0, %play], [%j, %more]
  %entry.i = getelementptr %state, ptr %state, i64 0, i32 3, i64 %i
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
  %any = load i64, ptr %changed
  %none = icmp eq i64 %any, 0
  br i1 %none, label %done, label %back
back:
  %k = phi i64 [0, %undo], [%l, %back]
  %entry.k = getelementptr %state, ptr %state, i64 0, i32 3, i64 %k
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
  call void @hl_dealloc(ptr %object)
  ret i1 false
loud:
  call void @hl_before_python(ptr %buf, i64 %record)
  call void @_Py_Dealloc(ptr %object)
  call void @hl_after_python(ptr %buf)
  ret i1 true
}

; One reference less, nothing for NULL. True: it was the last, and Python code may have run.
define i1 @hl_drop_checked(ptr %ref, ptr %buf, i64 %record) nounwind {
  %last = call i1 @was_last(ptr %ref)
  br i1 %last, label %dead, label %done
dead:
  %dirty = tail call i1 @hl_dealloc_checked(ptr %ref, ptr %buf, i64 %record)
  ret i1 %dirty
done:
  ret i1 false
}
"""

TEXT: Final = "\n".join(
    (_GLOBALS, _simple_test(), _TOUCH, _plain_types(), _KNOWN, walks.TEXT, _DEATH)
)
