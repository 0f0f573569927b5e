"""Recording for hotloop: runs the bytecode handlers on traced values and writes IR down.

This package must not import the optimizer, a backend, llvmlite or ctypes.
"""
