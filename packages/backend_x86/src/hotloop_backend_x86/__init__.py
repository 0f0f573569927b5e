"""The x86-64 backend of hotloop: traces to machine code through LLVM.

This package never sees a frame or a bytecode: it must not import the interpreter, the tracer or
the optimizer. Only its module `llvm` imports llvmlite.
"""
