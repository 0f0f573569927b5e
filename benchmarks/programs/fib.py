# benchmark: objects
# about: plain recursion
# features: recursion, calls, small integers
# argument: 33
# iterations: 12
# checksum: 4463e9d1ee5575a8
# quick: 10
# quick checksum: b08f8711a6168857
"""Fibonacci numbers by plain recursion: prints F(N).

python fib.py [N]
"""

import sys


def fib(n: int) -> int:
    """The n-th Fibonacci number, by the definition."""
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def main(argv: list[str]) -> None:
    """Print the Fibonacci number whose index is in `argv`."""
    n = int(argv[0]) if argv else 32
    print(f"fib({n}) = {fib(n)}")


if __name__ == "__main__":
    main(sys.argv[1:])
