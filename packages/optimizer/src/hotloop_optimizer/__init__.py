"""Trace optimisation for hotloop: small passes, each from a valid trace to a valid trace.

This package never sees a frame or a bytecode: it must not import the interpreter, the tracer, a
backend, llvmlite or ctypes.
"""
