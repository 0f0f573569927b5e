# benchmark: objects
# about: checks of e-mail addresses and postal codes (after SunSpider)
# features: string indexing, slicing, membership, joins
# argument: 90000
# iterations: 12
# checksum: cdef180da6d3f44e
# quick: 40
# quick checksum: 151f7356250c0e17
"""Makes names, e-mail addresses and postal codes, some of them wrong, and checks them.

python string_validate_input.py [ROUNDS]
"""

import sys

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
ALLOWED = set(LETTERS + LETTERS.upper() + DIGITS + "_.-")


class Sequence:
    """Numbers that look random and are always the same."""

    def __init__(self) -> None:
        self.state = 42

    def below(self, limit: int) -> int:
        """The next number."""
        self.state = (self.state * 3877 + 29573) % 139968
        return self.state * limit // 139968


def make_name(numbers: Sequence, length: int) -> str:
    """A name of small letters."""
    letters = []
    for _ in range(length):
        letters.append(LETTERS[numbers.below(26)])
    return "".join(letters)


def make_code(numbers: Sequence) -> str:
    """Five digits; now and then one of them is a letter."""
    code = ""
    for _ in range(5):
        code += DIGITS[numbers.below(10)]
    if numbers.below(4) == 0:
        code = code[:3] + "x" + code[4:]
    return code


def valid_address(text: str) -> bool:
    """One @ between a local part and a domain with a dot, of allowed characters."""
    at = text.find("@")
    if at < 1 or text.find("@", at + 1) >= 0:
        return False
    local, domain = text[:at], text[at + 1 :]
    for letter in local:
        if letter not in ALLOWED:
            return False
    dot = domain.rfind(".")
    if dot < 1 or not 2 <= len(domain) - dot - 1 <= 4:
        return False
    return all(letter in ALLOWED for letter in domain)


def valid_code(text: str) -> bool:
    """Five digits, perhaps a hyphen and four more."""
    if len(text) not in (5, 10):
        return False
    for index in range(len(text)):
        letter = text[index]
        if index == 5:
            if letter != "-":
                return False
        elif not "0" <= letter <= "9":
            return False
    return True


def main(argv: list[str]) -> None:
    """Print how many of each were valid."""
    rounds = int(argv[0]) if argv else 24000
    numbers = Sequence()
    addresses = codes = 0
    for index in range(rounds):
        separator = "@" if index % 7 else "@@" if index % 14 else "(at)"
        address = make_name(numbers, 6) + separator + make_name(numbers, 5)
        address += ".com" if index % 5 else "com"
        addresses += valid_address(address)
        codes += valid_code(make_code(numbers))
    print(rounds, addresses, codes)


if __name__ == "__main__":
    main(sys.argv[1:])
