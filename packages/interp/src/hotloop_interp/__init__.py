"""CPython bytecode for hotloop: decoding, handlers generic in their values, live frames.

All knowledge of a bytecode version lives here. This package must not import the tracer, the
optimizer, a backend or llvmlite.
"""
