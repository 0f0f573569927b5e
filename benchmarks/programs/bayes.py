# benchmark: application
# about: spam filter: counts words and weighs them (after Unladen Swallow's spambayes)
# features: dicts, string splitting, floats, sorting
# argument: 3000
# iterations: 12
# checksum: 2d10047936055de1
# quick: 10
# quick checksum: 41c309c2f2406c65
"""A naive Bayes filter that learns from made-up messages and then judges others.

python bayes.py [MESSAGES]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from math import exp, log


class Sequence:
    """Numbers that look random and are always the same."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, limit: int) -> int:
        """The next number."""
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % limit


GOOD = ["meeting", "report", "thanks", "python", "review", "lunch", "patch", "tomorrow"]
GOOD += ["release", "question"]
BAD = ["cheap", "winner", "pills", "offer", "free", "money", "click", "now", "prize", "credit"]
COMMON = ["the", "a", "to", "and", "of", "in", "you", "it", "is", "that", "for", "on", "with", "at"]


def message(numbers: Sequence, spam: bool) -> str:
    """Words of all kinds; spam has more of the bad ones."""
    words = []
    for _ in range(40):
        kind = numbers.below(10)
        if kind < 5:
            words.append(COMMON[numbers.below(len(COMMON))])
        elif (kind < 9) == spam:
            words.append(BAD[numbers.below(len(BAD))])
        else:
            words.append(GOOD[numbers.below(len(GOOD))] + ("!" if kind == 7 else ""))
    return " ".join(words)


def tokens(text: str) -> Iterator[str]:
    """Words in small letters, and pairs of words that follow each other."""
    before = ""
    for word in text.split():
        word = word.strip("!.,?").lower()
        if len(word) >= 2:
            yield word
            if before:
                yield before + " " + word
            before = word


class Filter:
    """How often each token was seen in good and in bad messages."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}
        self.messages = [0, 0]

    def learn(self, text: str, spam: bool) -> None:
        """Count the tokens of a message."""
        self.messages[spam] += 1
        for token in set(tokens(text)):
            counts = self.counts.get(token)
            if counts is None:
                counts = self.counts[token] = [0, 0]
            counts[spam] += 1

    def probability(self, token: str) -> float:
        """That a message with this token is spam."""
        good, bad = self.counts.get(token, (0, 0))
        good_share = good / self.messages[False]
        bad_share = bad / self.messages[True]
        share = bad_share / (good_share + bad_share) if good + bad else 0.5
        return (0.45 * 0.5 + (good + bad) * share) / (0.45 + good + bad)

    def judge(self, text: str) -> float:
        """That this message is spam, from its fifteen most telling tokens."""
        found = sorted((self.probability(token), token) for token in set(tokens(text)))
        telling = sorted(found, key=lambda pair: (-abs(pair[0] - 0.5), pair[1]))[:15]
        evidence = 0.0
        for probability, _ in telling:
            evidence += log(1.0 - probability) - log(probability)
        return 1.0 / (1.0 + exp(evidence))


def main(argv: list[str]) -> None:
    """Print how many were judged right, and the sum of all probabilities."""
    count = int(argv[0]) if argv else 900
    numbers = Sequence(7)
    trained = Filter()
    for index in range(count):
        trained.learn(message(numbers, index % 2 == 1), index % 2 == 1)
    right = 0
    total = 0.0
    for index in range(count):
        probability = trained.judge(message(numbers, index % 3 == 1))
        right += (probability > 0.5) == (index % 3 == 1)
        total += probability
    print(count, len(trained.counts), right, f"{total:.9f}")


if __name__ == "__main__":
    main(sys.argv[1:])
