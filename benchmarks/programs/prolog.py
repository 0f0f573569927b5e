# benchmark: application
# about: a Prolog interpreter, all its programs: reverse, tak, queens, hanoi, zebra, primes and more
# features: interpreter loop, terms as objects, unification, backtracking, dicts
# argument: all
# iterations: 4
# checksum: 8a39d5a5c2918165
# quick: small
# quick checksum: d07f83b432d7aeae
"""A small Prolog interpreter, and programs for it.

    python prolog.py [all|small|NAME...]

The machine is in prolog_machine.py, what it knows without a program in prolog_builtins.py, the
reader in prolog_reader.py, and the programs in prolog_texts.py.
"""

from __future__ import annotations

import sys

from prolog_builtins import BUILTINS
from prolog_machine import Machine
from prolog_reader import TRUE, read_term, show
from prolog_texts import LIBRARY, PROGRAMS, SMALL


def main(argv: list[str]) -> None:
    """Print the answers and how many inferences each program took."""
    words = argv or ["all"]
    if words == ["all"]:
        words = list(PROGRAMS)
    for word in words:
        text, query, limit = SMALL if word == "small" else PROGRAMS[word]
        machine = Machine(BUILTINS)
        machine.consult(LIBRARY)
        machine.consult(text)
        term, names = read_term(query)
        answers = machine.solve(term, limit, names.get("X", TRUE))
        print(word, len(answers), show(answers[0]) if answers else "no", machine.inferences)


if __name__ == "__main__":
    main(sys.argv[1:])
