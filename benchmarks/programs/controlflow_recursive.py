# benchmark: objects
# about: Ackermann, Fibonacci and Takeuchi functions (after SunSpider)
# features: recursion, comparison, small integers
# argument: 30
# iterations: 12
# checksum: 0427a6ab3cb04a80
# quick: 1
# quick checksum: 68927d7f1ebff645
"""Three functions that do little but call themselves.

python controlflow_recursive.py [ROUNDS]
"""

import sys


def ackermann(m: int, n: int) -> int:
    """The function of Ackermann and Peter."""
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def fibonacci(n: int) -> int:
    """The n-th Fibonacci number, with two ones at the start."""
    if n < 2:
        return 1
    return fibonacci(n - 2) + fibonacci(n - 1)


def takeuchi(x: int, y: int, z: int) -> int:
    """The function of Takeuchi, as McCarthy had it."""
    if y >= x:
        return z
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y))


def main(argv: list[str]) -> None:
    """Print the three sums of results."""
    rounds = int(argv[0]) if argv else 30
    acks = fibs = taks = 0
    for _ in range(rounds):
        for step in range(3, 6):
            acks += ackermann(3, step)
            fibs += fibonacci(17 + step)
            taks += takeuchi(3 * step + 3, 2 * step + 2, step + 1)
    print(acks, fibs, taks)


if __name__ == "__main__":
    main(sys.argv[1:])
