"""Generate the struct offsets of one CPython build line from its C headers.

    python tools/gen_layout.py [--include DIR] [--output FILE]

A small C program is compiled with gcc against the headers of a CPython (its internal ones
included) and printed offsets become ``hotloop_ir/layout/cpython311.py``: plain data. Structs
that CPython declares inside a ``.c`` file are declared here with the same fields; every such
field is checked against live objects by ``hotloop.frames.probe``. This tool must never be
needed at run time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HEADER = """\
#define Py_BUILD_CORE 1
#include <stdio.h>
#include "Python.h"
#include "structmember.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_gc.h"
#include "internal/pycore_genobject.h"
"""

# Declared inside rangeobject.c, listobject.c, tupleobject.c, enumobject.c, bltinmodule.c,
# iterobject.c and arraymodule.c of 3.11.
PRIVATE_STRUCTS = """\
typedef struct { PyObject_HEAD PyObject *start, *stop, *step, *length; } rangeobject;
typedef struct { PyObject_HEAD long index, start, step, len; } _PyRangeIterObject;
typedef struct { PyObject_HEAD Py_ssize_t it_index; PyListObject *it_seq; } _PyListIterObject;
typedef struct { PyObject_HEAD Py_ssize_t it_index; PyTupleObject *it_seq; } _PyTupleIterObject;
typedef struct { PyObject_HEAD Py_ssize_t it_index; PyObject *it_seq; } seqiterobject;
typedef struct { PyObject_HEAD Py_ssize_t it_index; PyObject *it_seq; } unicodeiterobject;
typedef struct { PyObject_HEAD Py_ssize_t en_index; PyObject *en_sit, *en_result, *en_longindex;
                 PyObject *one; } enumobject;
typedef struct { PyObject_HEAD Py_ssize_t tuplesize; PyObject *ittuple, *result; int strict; }
    zipobject;
typedef struct { PyObject_HEAD Py_ssize_t index; PyObject *seq; } reversedobject;
typedef struct { PyObject_VAR_HEAD char *ob_item; Py_ssize_t allocated; const void *ob_descr;
                 PyObject *weakreflist; Py_ssize_t ob_exports; } arrayobject;
"""

# type: fields. A line "Name = C type: ..." renames.
STRUCTS = """\
PyObject: ob_refcnt ob_type
PyVarObject: ob_size
PyLongObject: ob_size=ob_base.ob_size ob_digit
PyFloatObject: ob_fval
PyListObject: ob_size=ob_base.ob_size ob_item allocated
PyTupleObject: ob_size=ob_base.ob_size ob_item
PyBytesObject: ob_size=ob_base.ob_size ob_shash ob_sval
PyASCIIObject: length hash state wstr
PyCompactUnicodeObject: utf8_length utf8 wstr_length
PyUnicodeObject: data
PyCellObject: ob_ref
PyMethodObject: im_func im_self im_weakreflist vectorcall
PySliceObject: start stop step
PySetObject: fill used mask table hash finger
PyDictObject: ma_used ma_version_tag ma_keys ma_values
PyDictKeysObject = struct _dictkeysobject: dk_refcnt dk_log2_size dk_log2_index_bytes dk_kind \
dk_version dk_usable dk_nentries dk_indices
PyDictKeyEntry: me_hash me_key me_value
PyDictUnicodeEntry: me_key me_value
PyDictValues = struct _dictvalues: values
rangeobject: start stop step length
_PyRangeIterObject: index start step len
_PyListIterObject: it_index it_seq
_PyTupleIterObject: it_index it_seq
seqiterobject: it_index it_seq
unicodeiterobject: it_index it_seq
enumobject: en_index en_sit en_result en_longindex one
zipobject: tuplesize ittuple result strict
reversedobject: index seq
arrayobject: ob_size=ob_base.ob_size ob_item ob_descr
PyByteArrayObject: ob_size=ob_base.ob_size ob_start ob_exports
PyTypeObject: ob_size=ob_base.ob_size tp_name tp_basicsize tp_itemsize tp_dealloc \
tp_vectorcall_offset tp_getattr tp_setattr tp_as_async tp_repr tp_as_number tp_as_sequence \
tp_as_mapping tp_hash tp_call tp_str tp_getattro tp_setattro tp_as_buffer tp_flags tp_doc \
tp_traverse tp_clear tp_richcompare tp_weaklistoffset tp_iter tp_iternext tp_methods tp_members \
tp_getset tp_base tp_dict tp_descr_get tp_descr_set tp_dictoffset tp_init tp_alloc tp_new tp_free \
tp_is_gc tp_bases tp_mro tp_cache tp_subclasses tp_weaklist tp_del tp_version_tag tp_finalize \
tp_vectorcall
PyHeapTypeObject: as_async as_number as_mapping as_sequence as_buffer ht_name ht_slots \
ht_qualname ht_cached_keys ht_module
PyNumberMethods: nb_add nb_subtract nb_multiply nb_remainder nb_power nb_negative nb_positive \
nb_absolute nb_bool nb_invert nb_lshift nb_rshift nb_and nb_xor nb_or nb_int nb_float \
nb_inplace_add nb_inplace_subtract nb_inplace_multiply nb_inplace_remainder nb_inplace_power \
nb_inplace_lshift nb_inplace_rshift nb_inplace_and nb_inplace_xor nb_inplace_or nb_floor_divide \
nb_true_divide nb_inplace_floor_divide nb_inplace_true_divide nb_index nb_matrix_multiply \
nb_inplace_matrix_multiply
PySequenceMethods: sq_length sq_concat sq_repeat sq_item sq_ass_item sq_contains sq_inplace_concat \
sq_inplace_repeat
PyMappingMethods: mp_length mp_subscript mp_ass_subscript
PyFunctionObject: func_globals func_builtins func_name func_qualname func_code func_defaults \
func_kwdefaults func_closure func_doc func_dict func_weakreflist func_module func_annotations \
vectorcall func_version
PyCodeObject: ob_size=ob_base.ob_size co_consts co_names co_exceptiontable co_flags co_warmup \
_co_linearray_entry_size co_argcount co_posonlyargcount co_kwonlyargcount co_stacksize \
co_firstlineno co_nlocalsplus co_nlocals co_nplaincellvars co_ncellvars co_nfreevars \
co_localsplusnames co_localspluskinds co_filename co_name co_qualname co_linetable co_weakreflist \
_co_code _co_linearray _co_firsttraceable co_extra co_code_adaptive
PyFrameObject: f_back f_frame f_trace f_lineno f_trace_lines f_trace_opcodes f_fast_as_locals \
_f_frame_data
_PyInterpreterFrame: f_func f_globals f_builtins f_locals f_code frame_obj previous prev_instr \
stacktop is_entry owner localsplus
_PyCFrame: use_tracing current_frame previous
_PyErr_StackItem: exc_value previous_item
PyThreadState: prev next interp recursion_remaining recursion_limit recursion_headroom tracing \
tracing_what cframe c_profilefunc c_tracefunc c_profileobj c_traceobj curexc_type curexc_value \
curexc_traceback exc_info dict gilstate_counter async_exc thread_id native_thread_id \
trash_delete_nesting trash_delete_later context context_ver id trace_info.code=trace_info.code \
datastack_chunk datastack_top datastack_limit exc_state root_cframe
_PyStackChunk: previous size top data
PyInterpreterState: next threads.head=threads.head runtime id \
ceval.recursion_limit=ceval.recursion_limit ceval.eval_breaker=ceval.eval_breaker \
ceval.gil_drop_request=ceval.gil_drop_request gc.enabled=gc.enabled \
gc.generations=gc.generations gc.generation0=gc.generation0 gc.collecting=gc.collecting \
gc.permanent_generation=gc.permanent_generation \
gc.generations[0].count=gc.generations[0].count \
gc.generations[0].threshold=gc.generations[0].threshold \
gc.long_lived_total=gc.long_lived_total gc.long_lived_pending=gc.long_lived_pending \
builtins eval_frame audit_hooks float_state.numfree=float_state.numfree \
float_state.free_list=float_state.free_list slice_cache tuple.free_list=tuple.free_list \
tuple.numfree=tuple.numfree list.free_list=list.free_list list.numfree=list.numfree \
dict_state.free_list=dict_state.free_list dict_state.numfree=dict_state.numfree \
dict_state.keys_free_list=dict_state.keys_free_list \
dict_state.keys_numfree=dict_state.keys_numfree \
callable_cache.isinstance=callable_cache.isinstance callable_cache.len=callable_cache.len \
callable_cache.list_append=callable_cache.list_append
_PyRuntimeState: gilstate.tstate_current=gilstate.tstate_current \
ceval.signals_pending=ceval.signals_pending ceval.gil.mutex=ceval.gil.mutex \
main_thread=main_thread
PyGC_Head: _gc_next _gc_prev
gc_generation = struct gc_generation: head threshold count
PyDescrObject: d_type d_name d_qualname
PyMethodDescrObject: d_common d_method vectorcall
PyMemberDescrObject: d_common d_member
PyGetSetDescrObject: d_common d_getset
PyWrapperDescrObject: d_common d_base d_wrapped
wrapperbase = struct wrapperbase: name offset function wrapper doc flags
PyMethodDef: ml_name ml_meth ml_flags ml_doc
PyMemberDef: name type offset flags doc
PyCFunctionObject: m_ml m_self m_module m_weakreflist vectorcall
PyCMethodObject: mm_class
PyGenObject: gi_code gi_name gi_qualname gi_exc_state gi_origin_or_finalizer \
gi_hooks_inited gi_closed gi_running_async gi_frame_state gi_iframe
PyBaseExceptionObject: dict args notes traceback context cause suppress_context
PyTracebackObject: tb_next tb_frame tb_lasti tb_lineno
"""

CONSTANTS = """\
PyLong_SHIFT Py_TPFLAGS_HEAPTYPE Py_TPFLAGS_BASETYPE Py_TPFLAGS_HAVE_GC Py_TPFLAGS_MANAGED_DICT
Py_TPFLAGS_HAVE_VECTORCALL Py_TPFLAGS_IMMUTABLETYPE Py_TPFLAGS_VALID_VERSION_TAG
Py_TPFLAGS_METHOD_DESCRIPTOR Py_TPFLAGS_LONG_SUBCLASS Py_TPFLAGS_LIST_SUBCLASS
Py_TPFLAGS_TUPLE_SUBCLASS Py_TPFLAGS_BYTES_SUBCLASS Py_TPFLAGS_UNICODE_SUBCLASS
Py_TPFLAGS_DICT_SUBCLASS Py_TPFLAGS_BASE_EXC_SUBCLASS Py_TPFLAGS_TYPE_SUBCLASS
DICT_KEYS_GENERAL DICT_KEYS_UNICODE DICT_KEYS_SPLIT SHARED_KEYS_MAX_SIZE
FRAME_OWNED_BY_THREAD FRAME_OWNED_BY_GENERATOR FRAME_OWNED_BY_FRAME_OBJECT
FRAME_CREATED FRAME_SUSPENDED FRAME_EXECUTING FRAME_COMPLETED FRAME_CLEARED
METH_VARARGS METH_KEYWORDS METH_NOARGS METH_O METH_FASTCALL METH_CLASS METH_STATIC
CO_OPTIMIZED CO_NEWLOCALS CO_VARARGS CO_VARKEYWORDS CO_GENERATOR CO_COROUTINE CO_ASYNC_GENERATOR
PyFloat_MAXFREELIST PyList_MAXFREELIST PyTuple_MAXSAVESIZE PyTuple_MAXFREELIST PyDict_MAXFREELIST
_PyGC_PREV_SHIFT _PyGC_PREV_MASK_FINALIZED T_OBJECT T_OBJECT_EX
PyTrace_CALL PyTrace_EXCEPTION PyTrace_LINE PyTrace_RETURN PyTrace_OPCODE
"""

# Facts that are not a field: words before an object, and the bits of PyASCIIObject.state.
EXTRA = {
    "managed.dict": -24,
    "managed.values": -32,
    "PyASCIIObject.state.interned_shift": 0,
    "PyASCIIObject.state.kind_shift": 2,
    "PyASCIIObject.state.compact_shift": 5,
    "PyASCIIObject.state.ascii_shift": 6,
    "PyASCIIObject.state.ready_shift": 7,
}


def c_program() -> str:
    """The C program whose output is one ``name value`` line for every fact."""
    lines = [HEADER, PRIVATE_STRUCTS, "int main(void) {"]
    for row in STRUCTS.splitlines():
        head, _, fields = row.partition(": ")
        name, _, c_type = head.partition(" = ")
        c_type = c_type or name
        for item in fields.split():
            label, _, member = item.partition("=")
            lines.append(
                f'printf("{name}.{label} %zd\\n", '
                f"(Py_ssize_t)offsetof({c_type}, {member or label}));"
            )
        lines.append(f'printf("sizeof({name}) %zd\\n", (Py_ssize_t)sizeof({c_type}));')
    for name in CONSTANTS.split():
        lines.append(f'printf("{name} %lld\\n", (long long)({name}));')
    for name, value in EXTRA.items():
        lines.append(f'printf("{name} {value}\\n");')
    lines.append("return 0; }")
    return "\n".join(lines)


def measure(include: Path) -> dict[str, int]:
    """Compile and run the program. Raises CalledProcessError when the headers do not fit."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "layout.c")
        program = Path(folder, "layout")
        source.write_text(c_program())
        flags = ["-I", str(include), "-I", str(include / "internal"), "-w"]
        subprocess.run(["gcc", *flags, "-o", str(program), str(source)], check=True)
        output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(value) for name, value in (row.rsplit(" ", 1) for row in output.splitlines())}


def render(facts: dict[str, int]) -> str:
    """The text of the generated module."""
    rows = "".join(f'    "{name}": {value},\n' for name, value in facts.items())
    return (
        '"""Struct offsets, sizes and flags of CPython 3.11, x86-64 Linux, release build.\n\n'
        "Generated by tools/gen_layout.py from the headers; do not edit. Offsets are in bytes.\n"
        '"""\n\n'
        f"FACTS: dict[str, int] = {{\n{rows}}}\n"
    )


def main(argv: list[str]) -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description="Generate struct offsets from CPython headers.")
    default = Path(__file__).parents[1] / "packages/ir/src/hotloop_ir/layout/cpython311.py"
    parser.add_argument("--include", type=Path, default=Path(sysconfig.get_paths()["include"]))
    parser.add_argument("--output", type=Path, default=default)
    arguments = parser.parse_args(argv)
    text = render(measure(arguments.include))
    arguments.output.write_text(text)
    print(f"{arguments.output}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
