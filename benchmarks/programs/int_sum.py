# benchmark: numeric
# about: sum of a formula over integers (kernel with a twin in C)
# features: int arithmetic, range loop
# argument: 7000000
# iterations: 12
# checksum: 4f6e3efeaf569f34
# quick: 1000
# quick checksum: b9b77400d7adb208
"""The sum of (i * 7) % 11 - (i & 3) over integers.

python int_sum.py [N]
"""

import sys


def total(limit: int) -> int:
    """The sum for all i below the limit."""
    result = 0
    for i in range(limit):
        result += (i * 7) % 11 - (i & 3)
    return result


def main(argv: list[str]) -> None:
    """Print the sum."""
    limit = int(argv[0]) if argv else 4000000
    print(total(limit))


if __name__ == "__main__":
    main(sys.argv[1:])
