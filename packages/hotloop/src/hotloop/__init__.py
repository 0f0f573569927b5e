"""A tracing JIT compiler for stock CPython.

This package wires the stages together and is the only one that users import. It must not hold
any compiler logic of its own.
"""
