# benchmark: objects
# about: a rewriter of terms that proves a tautology (after Octane and Gabriel)
# features: cons cells, deep recursion, allocation, isinstance tests
# argument: 4 2
# iterations: 12
# checksum: f5359d8dd588c8d9
# quick: 3 1
# quick checksum: 2da72562f92daafb
"""Boyer: rewrites a formula with lemmas until little but `if` is left, and sees that it is true.

python boyer.py [LINKS TIMES]
"""

from __future__ import annotations

import sys

from lisp import Pair, Reader, Symbol

# Left side and right side; letters and digits of one character stand for any term.
LEMMAS = """
(if (if a b c) d e)           (if a (if b d e) (if c d e))
(and x y)                     (if x (if y (t) (f)) (f))
(or x y)                      (if x (t) (if y (t) (f)))
(not x)                       (if x (f) (t))
(implies x y)                 (if x (if y (t) (f)) (t))
(iff x y)                     (and (implies x y) (implies y x))
(greater x y)                 (less y x)
(at-most x y)                 (not (less y x))
(at-least x y)                (not (less x y))
(is-zero x)                   (or (equal x (zero)) (not (number x)))
(is-even x)                   (is-zero (remainder x (two)))
(divides x y)                 (is-zero (remainder y x))
(prime x)                     (and (not (is-zero x)) (prime-below x (minus-one x)))

(plus (zero) x)               x
(plus x (zero))               x
(plus (plus x y) z)           (plus x (plus y z))
(equal (plus x y) (zero))     (and (is-zero x) (is-zero y))
(equal (plus x y) (plus x z)) (equal y z)
(equal (plus x y) (plus z y)) (equal x z)
(equal (difference x y) (zero)) (at-most x y)
(equal (difference x y) (difference z y)) (if (less x y) (at-most z y) (equal x z))
(difference x x)              (zero)
(difference (plus x y) x)     y
(difference (plus y x) x)     y
(difference (plus x y) (plus x z)) (difference y z)
(difference (times x y) (times x z)) (times x (difference y z))
(times (zero) x)              (zero)
(times x (plus y z))          (plus (times x y) (times x z))
(times (plus x y) z)          (plus (times x z) (times y z))
(times (times x y) z)         (times x (times y z))
(times x (difference y z))    (difference (times x y) (times x z))
(equal (times x y) (zero))    (or (is-zero x) (is-zero y))
(quotient (times x y) x)      (if (is-zero x) (zero) y)
(quotient (plus x x) (two))   x
(remainder x x)               (zero)
(remainder (times x y) x)     (zero)
(remainder (times x y) y)     (zero)
(remainder x (one))           (zero)
(less (remainder x y) y)      (not (is-zero y))
(less (plus x y) (plus x z))  (less y z)
(less x (plus x y))           (not (is-zero y))
(less (times x z) (times y z)) (and (not (is-zero z)) (less x y))
(less (difference x y) x)     (and (not (is-zero x)) (not (is-zero y)))
(power x (zero))              (one)
(power x (plus y z))          (times (power x y) (power x z))
(power x (times y z))         (power (power x y) z)

(append (nil) x)              x
(append (append x y) z)       (append x (append y z))
(equal (append x y) (append x z)) (equal y z)
(reverse (nil))               (nil)
(reverse (append x y))        (append (reverse y) (reverse x))
(length (append x y))         (plus (length x) (length y))
(length (reverse x))          (length x)
(member x (append y z))       (or (member x y) (member x z))
(member x (reverse y))        (member x y)
(flatten (node x y))          (append (flatten x) (flatten y))
(product (append x y))        (times (product x) (product y))
(sum (append x y))            (plus (sum x) (sum y))
(sorted (sort x))             (t)
(count x (sort y))            (count x y)
"""
MEANINGS = """
(f (plus (plus a b) (plus c (zero))))
(f (times (times a b) (plus c d)))
(f (reverse (append (append a b) (nil))))
(equal (plus a b) (difference x y))
(less (remainder a b) (member a (length b)))
"""


def chain(links: int) -> str:
    """That implication is transitive, over so many steps."""
    steps = "(implies v0 v1)"
    for link in range(1, links):
        steps = f"(and {steps} (implies v{link} v{link + 1}))"
    return f"(implies {steps} (implies v0 v{links}))"


class Binding:
    """What a variable stands for, and the bindings before."""

    def __init__(self, variable: Symbol, term: Symbol | Pair | None, rest: Binding | None) -> None:
        self.variable = variable
        self.term = term
        self.rest = rest


def find(variable: Symbol, bindings: Binding | None) -> Binding | None:
    """The binding of a variable."""
    while bindings is not None and bindings.variable is not variable:
        bindings = bindings.rest
    return bindings


def substituted(term: Symbol | Pair | None, bindings: Binding | None) -> Symbol | Pair | None:
    """The term with its variables replaced by what they are bound to."""
    if isinstance(term, Pair):
        return Pair(term.head, substituted_all(term.tail, bindings))
    assert term is not None
    binding = find(term, bindings)
    return term if binding is None else binding.term


def substituted_all(terms: Pair | None, bindings: Binding | None) -> Pair | None:
    """A list of terms, each substituted."""
    if terms is None:
        return None
    return Pair(substituted(terms.head, bindings), substituted_all(terms.tail, bindings))


def equal(one: Symbol | Pair | None, other: Symbol | Pair | None) -> bool:
    """Are two terms alike?"""
    if not isinstance(one, Pair):
        return one is other
    return isinstance(other, Pair) and equal(one.head, other.head) and equal(one.tail, other.tail)


def among(term: Symbol | Pair | None, terms: Pair | None) -> bool:
    """Is there such a term in the list?"""
    while terms is not None:
        if equal(term, terms.head):
            return True
        terms = terms.tail
    return False


class Prover:
    """The lemmas, and how often a term was rewritten."""

    def __init__(self, reader: Reader) -> None:
        self.true = reader.read("(t)")[0]
        self.false = reader.read("(f)")[0]
        self.branch = reader.symbol("if")
        self.rewrites = 0
        self.bindings: Binding | None = None
        sides = reader.read(LEMMAS)
        while sides:
            right, left = sides.pop(), sides.pop()
            assert isinstance(left, Pair)
            symbol = left.head
            assert isinstance(symbol, Symbol)
            symbol.lemmas = Pair(Pair(left, Pair(right, None)), symbol.lemmas)

    def rewrite(self, term: Symbol | Pair | None) -> Symbol | Pair | None:
        """The term when no lemma fits any more, inside first."""
        self.rewrites += 1
        if not isinstance(term, Pair):
            return term
        symbol = term.head
        assert isinstance(symbol, Symbol)
        return self.apply_lemmas(Pair(symbol, self.rewrite_all(term.tail)), symbol.lemmas)

    def rewrite_all(self, terms: Pair | None) -> Pair | None:
        """A list of terms, each rewritten."""
        if terms is None:
            return None
        return Pair(self.rewrite(terms.head), self.rewrite_all(terms.tail))

    def apply_lemmas(self, term: Symbol | Pair | None, lemmas: Pair | None) -> Symbol | Pair | None:
        """Rewrite with the first lemma that fits."""
        while lemmas is not None:
            lemma = lemmas.head
            assert isinstance(lemma, Pair)
            assert lemma.tail is not None
            self.bindings = None
            if self.fits(term, lemma.head):
                return self.rewrite(substituted(lemma.tail.head, self.bindings))
            lemmas = lemmas.tail
        return term

    def fits(self, term: Symbol | Pair | None, pattern: Symbol | Pair | None) -> bool:
        """Is the term what the pattern says? Binds the pattern's variables."""
        if isinstance(pattern, Pair):
            return (
                isinstance(term, Pair)
                and term.head is pattern.head
                and self.all_fit(term.tail, pattern.tail)
            )
        assert pattern is not None
        binding = find(pattern, self.bindings)
        if binding is not None:
            return equal(term, binding.term)
        self.bindings = Binding(pattern, term, self.bindings)
        return True

    def all_fit(self, terms: Pair | None, patterns: Pair | None) -> bool:
        """The same for arguments."""
        while terms is not None and patterns is not None:
            if not self.fits(terms.head, patterns.head):
                return False
            terms, patterns = terms.tail, patterns.tail
        return terms is None and patterns is None

    def always_true(
        self, term: Symbol | Pair | None, assumed: Pair | None, excluded: Pair | None
    ) -> bool:
        """Is a term of nested `if` true, whatever its conditions are?"""
        if equal(term, self.true) or among(term, assumed):
            return True
        if equal(term, self.false) or among(term, excluded):
            return False
        if not isinstance(term, Pair) or term.head is not self.branch:
            return False
        condition, then, otherwise = arguments(term)
        if equal(condition, self.true) or among(condition, assumed):
            return self.always_true(then, assumed, excluded)
        if equal(condition, self.false) or among(condition, excluded):
            return self.always_true(otherwise, assumed, excluded)
        return self.always_true(then, Pair(condition, assumed), excluded) and self.always_true(
            otherwise, assumed, Pair(condition, excluded)
        )


def arguments(
    term: Pair,
) -> tuple[Symbol | Pair | None, Symbol | Pair | None, Symbol | Pair | None]:
    """The three arguments of `if`."""
    first = term.tail
    assert first is not None
    second = first.tail
    assert second is not None
    third = second.tail
    assert third is not None
    return first.head, second.head, third.head


def proof(links: int) -> str:
    """Make the formula, say what its variables stand for, prove it."""
    reader = Reader()
    prover = Prover(reader)
    (formula,) = reader.read(chain(links))
    meanings = reader.read(MEANINGS)
    bindings: Binding | None = None
    for link in range(links + 1):
        variable = reader.symbol(f"v{link}")
        bindings = Binding(variable, meanings[link % len(meanings)], bindings)
    proved = prover.always_true(prover.rewrite(substituted(formula, bindings)), None, None)
    return f"{'proved' if proved else 'not proved'} with {prover.rewrites} rewrites"


def main(argv: list[str]) -> None:
    """Prove a chain so many times."""
    links, times = (int(word) for word in argv or ("4", "2"))
    for _ in range(times):
        print(proof(links))


if __name__ == "__main__":
    main(sys.argv[1:])
