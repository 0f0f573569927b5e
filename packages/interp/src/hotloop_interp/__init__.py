"""CPython bytecode, decoded to one instruction set and interpreted over any value type."""
