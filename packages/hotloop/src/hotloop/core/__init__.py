"""The driver: notices hot code, records, optimises, compiles, enters, leaves, gives up.

Import the modules you need; importing this package must stay cheap.
"""
