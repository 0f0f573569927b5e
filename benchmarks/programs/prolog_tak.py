# benchmark: application
# about: Takeuchi's function in Prolog
# features: interpreter loop, unification, backtracking
# argument: tak
# iterations: 10
# checksum: 675bb7dfc774a23b
# quick: small
# quick checksum: d07f83b432d7aeae
"""One program of the Prolog interpreter alone.

python prolog_tak.py [NAME]
"""

import sys

from prolog import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["tak"])
