# benchmark: application
# about: naive reverse in Prolog
# features: interpreter loop, unification, backtracking
# argument: nrev
# iterations: 10
# checksum: 0ec90731e485b7d3
# quick: small
# quick checksum: d07f83b432d7aeae
"""One program of the Prolog interpreter alone.

python prolog_nrev.py [NAME]
"""

import sys

from prolog import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["nrev"])
