# benchmark: application
# about: the zebra puzzle in Prolog, all solutions
# features: interpreter loop, unification, backtracking
# argument: zebra
# iterations: 10
# checksum: 7cdd687451745d52
# quick: small
# quick checksum: d07f83b432d7aeae
"""One program of the Prolog interpreter alone.

python prolog_zebra.py [NAME]
"""

import sys

from prolog import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["zebra"])
