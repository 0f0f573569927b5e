"""Native code that visits every reference that dies with an object, as LLVM IR.

Used by ``deaths``, which takes the references away and gives them back.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
; Touch every reference that dies with an object.
define internal void @walk(ptr %state, ptr %object, i1 %undo) nounwind {
  %ptype = getelementptr i8, ptr %object, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %list = icmp eq ptr %type, @hl_type_list
  br i1 %list, label %walk.list, label %a
walk.list:
  call void @walk_list(ptr %state, ptr %object, i1 %undo)
  ret void
a:
  %tuple = icmp eq ptr %type, @hl_type_tuple
  br i1 %tuple, label %walk.tuple, label %b
walk.tuple:
  call void @walk_tuple(ptr %state, ptr %object, i1 %undo)
  ret void
b:
  %dict = icmp eq ptr %type, @hl_type_dict
  br i1 %dict, label %walk.dict, label %c
walk.dict:
  call void @walk_dict(ptr %state, ptr %object, i1 %undo)
  ret void
c:
  %set = icmp eq ptr %type, @hl_type_set
  %frozenset = icmp eq ptr %type, @hl_type_frozenset
  %sets = or i1 %set, %frozenset
  br i1 %sets, label %walk.set, label %e
walk.set:
  call void @walk_set(ptr %state, ptr %object, i1 %undo)
  ret void
e:
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

define internal void @walk_list(ptr %state, ptr %list, i1 %undo) nounwind {
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %pn = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %n = load i64, ptr %pn
  call void @touch_all(ptr %state, ptr %items, i64 %n, i64 8, i1 %undo)
  ret void
}

define internal void @walk_tuple(ptr %state, ptr %tuple, i1 %undo) nounwind {
  %items = getelementptr i8, ptr %tuple, i64 <<PyTupleObject.ob_item>>
  %pn = getelementptr i8, ptr %tuple, i64 <<PyTupleObject.ob_size>>
  %n = load i64, ptr %pn
  call void @touch_all(ptr %state, ptr %items, i64 %n, i64 8, i1 %undo)
  ret void
}

; Entries of key and hash; the hash of a deleted one is -1.
define internal void @walk_set(ptr %state, ptr %set, i1 %undo) nounwind {
entry:
  %ptable = getelementptr i8, ptr %set, i64 <<PySetObject.table>>
  %table = load ptr, ptr %ptable
  %pmask = getelementptr i8, ptr %set, i64 <<PySetObject.mask>>
  %mask = load i64, ptr %pmask
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %step]
  %slot = shl i64 %i, 4
  %place = getelementptr i8, ptr %table, i64 %slot
  %phash = getelementptr i8, ptr %place, i64 8
  %hash = load i64, ptr %phash
  %deleted = icmp eq i64 %hash, -1
  br i1 %deleted, label %step, label %key
key:
  call void @touch_at(ptr %state, ptr %place, i1 %undo)
  br label %step
step:
  %next = add i64 %i, 1
  %more = icmp sle i64 %next, %mask
  br i1 %more, label %loop, label %done
done:
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
  %entries = call ptr @entries_of(ptr %keys)
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
  %t = icmp eq ptr %dealloc, @hl_tuple_dealloc
  br i1 %t, label %tuple, label %not.tuple
tuple:
  call void @walk_tuple(ptr %state, ptr %object, i1 %undo)
  ret void
not.tuple:
  %l = icmp eq ptr %dealloc, @hl_list_dealloc
  br i1 %l, label %list, label %not.list
list:
  call void @walk_list(ptr %state, ptr %object, i1 %undo)
  ret void
not.list:
  %m = icmp eq ptr %dealloc, @hl_dict_dealloc
  br i1 %m, label %mapping, label %end
mapping:
  call void @walk_dict(ptr %state, ptr %object, i1 %undo)
  br label %end
end:
  ret void
}
"""
