# benchmark: application
# about: simpy: machines share a resource and a store
# features: generators, heap of events, callbacks, properties
# iterations: 8
# checksum: b2c35c8271a893d8
# quick checksum: b2c35c8271a893d8
"""simpy 4.1.2: ten machines, a resource, a bounded store, two consumers."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator

import simpy

Log = list[tuple[int, float, float]]


class Factory:
    """One run of the simulation."""

    def __init__(self) -> None:
        self.numbers = random.Random(42)
        self.environment = simpy.Environment()
        self.log: Log = []
        self.tools = simpy.Resource(self.environment, capacity=3)
        self.store = simpy.Store(self.environment, capacity=10)

    def machine(self, number: int) -> Iterator[object]:
        """Waits, works with a tool, puts its piece into the store."""
        environment = self.environment
        while True:
            yield environment.timeout(self.numbers.random() * 6.0)
            with self.tools.request() as request:
                yield request
                yield environment.timeout(self.numbers.uniform(0.2, 1.0))
            yield self.store.put((number, environment.now))

    def consumer(self) -> Generator[object, tuple[int, float], None]:
        """Takes pieces out of the store."""
        environment = self.environment
        while True:
            number, time = yield self.store.get()
            yield environment.timeout(0.1)
            self.log.append((number, round(time, 6), round(environment.now, 6)))

    def run(self) -> Log:
        """All of it."""
        for number in range(10):
            self.environment.process(self.machine(number))
        for _ in range(2):
            self.environment.process(self.consumer())
        self.environment.run(until=12000)
        return self.log


def prepare() -> Callable[[], Log]:
    """A function that runs the simulation."""
    return lambda: Factory().run()
