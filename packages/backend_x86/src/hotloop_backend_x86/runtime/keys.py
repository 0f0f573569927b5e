"""Native helpers that look keys up in dicts, as LLVM IR.

They stop at a stored key whose comparison might run code of the program; a dict with str keys only
has none. The probing of ``dictkeys_generic`` and ``unicodekeys_lookup_unicode``
(Objects/dictobject.c) is done here, entry by entry.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
declare ptr @PyDict_GetItemWithError(ptr, ptr)

; Whether comparing a stored key with one of a class that is safe runs no code of the program:
; an instance of a builtin class; of a tuple, all items
define internal i1 @quiet(ptr %key) nounwind {
entry:
  %ptype = getelementptr i8, ptr %key, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %tuple = icmp eq ptr %type, @hl_type_tuple
  br i1 %tuple, label %items, label %class
class:
  %pflags = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_flags>>
  %flags = load i64, ptr %pflags
  %heap = and i64 %flags, 512
  %builtin = icmp eq i64 %heap, 0
  ret i1 %builtin
items:
  %psize = getelementptr i8, ptr %key, i64 <<PyTupleObject.ob_size>>
  %size = load i64, ptr %psize
  br label %loop
loop:
  %i = phi i64 [0, %items], [%next, %more]
  %left = icmp slt i64 %i, %size
  br i1 %left, label %item, label %all
item:
  %first = getelementptr i8, ptr %key, i64 <<PyTupleObject.ob_item>>
  %place = getelementptr ptr, ptr %first, i64 %i
  %one = load ptr, ptr %place
  %good = call i1 @quiet(ptr %one)
  br i1 %good, label %more, label %bad
more:
  %next = add i64 %i, 1
  br label %loop
all:
  ret i1 true
bad:
  ret i1 false
}

; dictkeys_get_index
define internal i64 @key_index(ptr %indices, i64 %log, i64 %slot) alwaysinline nounwind {
  %tiny = icmp ult i64 %log, 8
  br i1 %tiny, label %bytes, label %wider
wider:
  %short = icmp ult i64 %log, 16
  br i1 %short, label %words, label %wide
wide:
  %usual = icmp ult i64 %log, 32
  br i1 %usual, label %longs, label %quads
bytes:
  %p1 = getelementptr i8, ptr %indices, i64 %slot
  %v1 = load i8, ptr %p1
  %x1 = sext i8 %v1 to i64
  ret i64 %x1
words:
  %p2 = getelementptr i16, ptr %indices, i64 %slot
  %v2 = load i16, ptr %p2
  %x2 = sext i16 %v2 to i64
  ret i64 %x2
longs:
  %p4 = getelementptr i32, ptr %indices, i64 %slot
  %v4 = load i32, ptr %p4
  %x4 = sext i32 %v4 to i64
  ret i64 %x4
quads:
  %p8 = getelementptr i64, ptr %indices, i64 %slot
  %v8 = load i64, ptr %p8
  ret i64 %v8
}

; DK_ENTRIES (pycore_dict.h)
define internal ptr @entries_of(ptr %keys) alwaysinline nounwind {
  %plog = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_log2_index_bytes>>
  %log = load i8, ptr %plog
  %wide = zext i8 %log to i64
  %bytes = shl i64 1, %wide
  %indices = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_indices>>
  %entries = getelementptr i8, ptr %indices, i64 %bytes
  ret ptr %entries
}

; The value of an entry: beside its key, or in a table of its own (split tables)
define internal ptr @value_at(ptr %dict, ptr %pstored, i64 %index) alwaysinline nounwind {
  %pvalues = getelementptr i8, ptr %dict, i64 <<PyDictObject.ma_values>>
  %values = load ptr, ptr %pvalues
  %combined = icmp eq ptr %values, null
  %pvalue = getelementptr i8, ptr %pstored, i64 8
  %psplit = getelementptr ptr, ptr %values, i64 %index
  %place = select i1 %combined, ptr %pvalue, ptr %psplit
  %value = load ptr, ptr %place
  ret ptr %value
}

; The value of a key (borrowed), NULL, or 1: stopped. Entries of a dict with str keys only hold no
; hash: it is in the key. There a str that is found is mostly the stored object itself; where
; another one has its hash, CPython compares them.
define internal ptr @find_key(ptr %dict, ptr %key) nounwind {
entry:
  %pkeys = getelementptr i8, ptr %dict, i64 <<PyDictObject.ma_keys>>
  %keys = load ptr, ptr %pkeys
  %pkind = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_kind>>
  %kind = load i8, ptr %pkind
  %general = icmp eq i8 %kind, 0
  br i1 %general, label %any, label %strings
any:
  %hash.any = call i64 @PyObject_Hash(ptr %key)
  br label %start
strings:
  %ptype = getelementptr i8, ptr %key, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %string = icmp eq ptr %type, @hl_type_str
  br i1 %string, label %hashed, label %usual
hashed:
  %pown = getelementptr i8, ptr %key, i64 <<PyASCIIObject.hash>>
  %hash.string = load i64, ptr %pown
  %unknown = icmp eq i64 %hash.string, -1
  br i1 %unknown, label %usual, label %start
usual:
  %looked = call ptr @PyDict_GetItemWithError(ptr %dict, ptr %key)
  ret ptr %looked
start:
  %hash = phi i64 [%hash.any, %any], [%hash.string, %hashed]
  %bytes = select i1 %general, i64 <<sizeof(PyDictKeyEntry)>>, i64 <<sizeof(PyDictUnicodeEntry)>>
  %before = select i1 %general, i64 <<PyDictKeyEntry.me_key>>, i64 <<PyDictUnicodeEntry.me_key>>
  %plog = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_log2_size>>
  %log8 = load i8, ptr %plog
  %log = zext i8 %log8 to i64
  %slots = shl i64 1, %log
  %mask = sub i64 %slots, 1
  %indices = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_indices>>
  %entries = call ptr @entries_of(ptr %keys)
  %home = and i64 %hash, %mask
  br label %probe
probe:
  %slot = phi i64 [%home, %start], [%follow, %step]
  %perturb = phi i64 [%hash, %start], [%shifted, %step]
  %index = call i64 @key_index(ptr %indices, i64 %log, i64 %slot)
  %used = icmp sge i64 %index, 0
  br i1 %used, label %look, label %unused
unused:
  %empty = icmp eq i64 %index, -1
  br i1 %empty, label %absent, label %step
absent:
  ret ptr null
look:
  %offset = mul i64 %index, %bytes
  %at = getelementptr i8, ptr %entries, i64 %offset
  %pstored = getelementptr i8, ptr %at, i64 %before
  %stored = load ptr, ptr %pstored
  %same = icmp eq ptr %stored, %key
  br i1 %same, label %found, label %hashes
hashes:
  %pinside = getelementptr i8, ptr %stored, i64 <<PyASCIIObject.hash>>
  %pbeside = getelementptr i8, ptr %at, i64 <<PyDictKeyEntry.me_hash>>
  %phash = select i1 %general, ptr %pbeside, ptr %pinside
  %other = load i64, ptr %phash
  %near = icmp eq i64 %other, %hash
  br i1 %near, label %ask, label %step
ask:
  br i1 %general, label %examine, label %usual
examine:
  %silent = call i1 @quiet(ptr %stored)
  br i1 %silent, label %compare, label %stop
stop:
  ret ptr inttoptr (i64 1 to ptr)
compare:
  %answer = call i32 @PyObject_RichCompareBool(ptr %stored, ptr %key, i32 2)
  %equal = icmp ne i32 %answer, 0
  br i1 %equal, label %found, label %step
found:
  %value = call ptr @value_at(ptr %dict, ptr %pstored, i64 %index)
  ret ptr %value
step:
  %shifted = lshr i64 %perturb, 5
  %five = mul i64 %slot, 5
  %sum = add i64 %five, %shifted
  %sum1 = add i64 %sum, 1
  %follow = and i64 %sum1, %mask
  br label %probe
}

define ptr @hl_dict_get_safe(ptr %dict, ptr %key) nounwind {
  %value = call ptr @find_key(ptr %dict, ptr %key)
  %stopped = icmp eq ptr %value, inttoptr (i64 1 to ptr)
  %result = select i1 %stopped, ptr null, ptr %value
  ret ptr %result
}

; The same for a str that was seen in an entry of such a dict (LOAD_ATTR_WITH_HINT, Python/ceval.c):
; if it is there, nothing has to be looked for.
define ptr @hl_dict_get_hinted(ptr %dict, ptr %key, i64 %hint) nounwind {
  %pkeys = getelementptr i8, ptr %dict, i64 <<PyDictObject.ma_keys>>
  %keys = load ptr, ptr %pkeys
  %pkind = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_kind>>
  %kind = load i8, ptr %pkind
  %general = icmp eq i8 %kind, 0
  br i1 %general, label %search, label %strings
strings:
  %pn = getelementptr i8, ptr %keys, i64 <<PyDictKeysObject.dk_nentries>>
  %n = load i64, ptr %pn
  %inside = icmp ult i64 %hint, %n
  br i1 %inside, label %entry, label %search
entry:
  %entries = call ptr @entries_of(ptr %keys)
  %offset = mul i64 %hint, <<sizeof(PyDictUnicodeEntry)>>
  %at = getelementptr i8, ptr %entries, i64 %offset
  %pstored = getelementptr i8, ptr %at, i64 <<PyDictUnicodeEntry.me_key>>
  %stored = load ptr, ptr %pstored
  %same = icmp eq ptr %stored, %key
  br i1 %same, label %found, label %search
found:
  %value = call ptr @value_at(ptr %dict, ptr %pstored, i64 %hint)
  ret ptr %value
search:
  %looked = tail call ptr @hl_dict_get_safe(ptr %dict, ptr %key)
  ret ptr %looked
}

define i64 @hl_dict_contains_safe(ptr %dict, ptr %key) nounwind {
  %value = call ptr @find_key(ptr %dict, ptr %key)
  %stopped = icmp eq ptr %value, inttoptr (i64 1 to ptr)
  %there = icmp ne ptr %value, null
  %yes = zext i1 %there to i64
  %result = select i1 %stopped, i64 -1, i64 %yes
  ret i64 %result
}
"""
