"""The typed IR that the stages of hotloop exchange: ops, traces, snapshots and their text.

This package is the contract. It must not import any other hotloop package, llvmlite or ctypes.
"""

from hotloop_ir import helpers, ops

__all__ = ["helpers", "ops"]
