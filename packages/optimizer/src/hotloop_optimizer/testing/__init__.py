"""What tests of the optimizer use: random traces of references and a heap that counts.

    trace = random_trace(random.Random(7))
    World(random.Random(1)).run(RefcountInsertion().run(trace))

Nothing at run time depends on it.
"""

from hotloop_optimizer.testing.heap import HeapError, World
from hotloop_optimizer.testing.random_traces import Instance, random_trace

__all__ = ["HeapError", "Instance", "World", "random_trace"]
