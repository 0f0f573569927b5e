# benchmark: application
# about: queens in Prolog, all solutions
# features: interpreter loop, unification, backtracking
# argument: queens
# iterations: 10
# checksum: 0acb96e34eb44acb
# quick: small
# quick checksum: d07f83b432d7aeae
"""One program of the Prolog interpreter alone.

python prolog_queens.py [NAME]
"""

import sys

from prolog import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["queens"])
