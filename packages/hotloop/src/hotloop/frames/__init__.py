"""Entering and leaving compiled code in a running, stock CPython 3.11.

The mechanism is described in docs/internals/frames.md. Import the modules you need: importing
this package must stay cheap, because programs in which nothing is hot import it too.
"""
