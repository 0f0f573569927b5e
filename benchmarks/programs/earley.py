# benchmark: objects
# about: Earley's parser, all parses of ambiguous sentences (after Octane)
# features: cons cells, linked lists, recursion, allocation
# argument: 11 2
# iterations: 12
# checksum: 05cadbae8112abe8
# quick: 6 1
# quick checksum: fafe83e8d01ca56a
"""Earley: finds all parse trees of sentences that have many, with a chart of linked lists.

python earley.py [WORDS TERMS]
"""

from __future__ import annotations

import sys

from lisp import Pair, Reader, Symbol, show

# A rule: what it makes, and of which parts. Words are symbols that no rule makes.
DOUBLING = "(s a) (s s s)"
ARITHMETIC = "(e n) (e e + e) (e e * e) (e - e) (e [ e ])"


class Item:
    """A rule that has been followed as far as `parts`, since the word number `start`."""

    def __init__(self, rule: Pair, parts: Pair | None, start: int, after: Item | None) -> None:
        self.rule = rule
        self.parts = parts
        self.start = start
        self.after = after  # the next item of the same set


class ItemSet:
    """The items of one place between words, oldest first."""

    def __init__(self) -> None:
        self.first: Item | None = None
        self.last: Item | None = None

    def add(self, rule: Pair, parts: Pair | None, start: int) -> None:
        """Add an item if it is not there."""
        item = self.first
        while item is not None:
            if item.rule is rule and item.parts is parts and item.start == start:
                return
            item = item.after
        new = Item(rule, parts, start, None)
        if self.last is None:
            self.first = new
        else:
            self.last.after = new
        self.last = new

    def has_complete(self, symbol: Symbol, start: int) -> bool:
        """Does the symbol reach from the start to here?"""
        item = self.first
        while item is not None:
            if item.parts is None and item.start == start and item.rule.head is symbol:
                return True
            item = item.after
        return False


class Parser:
    """A grammar, and the chart of one sentence."""

    def __init__(self, rules: list[Symbol | Pair | None], words: list[Symbol]) -> None:
        self.rules: dict[Symbol, list[Pair]] = {}
        for rule in rules:
            assert isinstance(rule, Pair)
            assert isinstance(rule.head, Symbol)
            self.rules.setdefault(rule.head, []).append(rule)
        self.words = words
        self.chart = [ItemSet() for _ in range(len(words) + 1)]

    def parse(self, goal: Symbol) -> Pair | None:
        """All trees of the whole sentence."""
        for rule in self.rules[goal]:
            self.chart[0].add(rule, rule.tail, 0)
        for place in range(len(self.chart)):
            self.fill(place)
        return self.trees(goal, 0, len(self.words))

    def fill(self, place: int) -> None:
        """Follow every item of a set; it grows meanwhile."""
        here = self.chart[place]
        item = here.first
        while item is not None:
            if item.parts is None:
                self.complete(item, here)
            else:
                self.advance(item, item.parts, place)
            item = item.after

    def advance(self, item: Item, parts: Pair, place: int) -> None:
        """Expect the rules of the item's next part; or step over it if it is the next word."""
        part = parts.head
        assert isinstance(part, Symbol)
        rules = self.rules.get(part)
        if rules is not None:
            for rule in rules:
                self.chart[place].add(rule, rule.tail, place)
        elif place < len(self.words) and self.words[place] is part:
            self.chart[place + 1].add(item.rule, parts.tail, item.start)

    def complete(self, done: Item, here: ItemSet) -> None:
        """Step over what is complete, in the items that waited for it."""
        waiting = self.chart[done.start].first
        while waiting is not None:
            parts = waiting.parts
            if parts is not None and parts.head is done.rule.head:
                here.add(waiting.rule, parts.tail, waiting.start)
            waiting = waiting.after

    def trees(self, symbol: Symbol, start: int, end: int) -> Pair | None:
        """All trees of a symbol from one place to another: lists that begin with the symbol."""
        rules = self.rules.get(symbol)
        if rules is None:
            matches = end == start + 1 and self.words[start] is symbol
            return Pair(symbol, None) if matches else None
        found: Pair | None = None
        if self.chart[end].has_complete(symbol, start):
            for rule in rules:
                found = self.rows(rule.tail, start, end, symbol, found)
        return found

    def rows(
        self, parts: Pair | None, start: int, end: int, symbol: Symbol, found: Pair | None
    ) -> Pair | None:
        """Add to `found` a list for each way in which the parts span the places."""
        rows = self.sequences(parts, start, end)
        while rows is not None:
            row = rows.head
            assert isinstance(row, Pair)
            found = Pair(Pair(symbol, row), found)
            rows = rows.tail
        return found

    def sequences(self, parts: Pair | None, start: int, end: int) -> Pair | None:
        """All lists of trees, one for each part, that span the places together."""
        if parts is None:
            return None
        part = parts.head
        assert isinstance(part, Symbol)
        found: Pair | None = None
        if parts.tail is None:
            trees = self.trees(part, start, end)
            while trees is not None:
                found = Pair(Pair(trees.head, None), found)
                trees = trees.tail
            return found
        for middle in range(start + 1, end):
            firsts = self.trees(part, start, middle)
            if firsts is None:
                continue
            rests = self.sequences(parts.tail, middle, end)
            while firsts is not None:
                rest = rests
                while rest is not None:
                    assert isinstance(rest.head, Pair)
                    found = Pair(Pair(firsts.head, rest.head), found)
                    rest = rest.tail
                firsts = firsts.tail
        return found


def report(grammar: str, sentence: str) -> None:
    """Print how many trees a sentence has, and the first."""
    reader = Reader()
    rules = reader.read(grammar)
    goal = rules[0].head if isinstance(rules[0], Pair) else None
    assert isinstance(goal, Symbol)
    words = [reader.symbol(word) for word in sentence.split()]
    trees = Parser(rules, words).parse(goal)
    count, one = 0, trees
    while one is not None:
        count += 1
        one = one.tail
    print(count, show(trees.head) if trees is not None else "no sentence")


def main(argv: list[str]) -> None:
    """Parse a sentence of so many words, and one of so many terms."""
    words, terms = (int(word) for word in argv or ("10", "2"))
    report(DOUBLING, "a " * words)
    report(ARITHMETIC, "n + - n * [ n * n ]" + " + n * n" * terms)


if __name__ == "__main__":
    main(sys.argv[1:])
