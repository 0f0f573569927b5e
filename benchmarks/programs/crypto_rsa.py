# benchmark: numeric
# about: RSA with numbers as lists of digits (after Octane)
# features: lists of 28-bit digits, masks, shifts, carries
# argument: 1
# iterations: 12
# checksum: ec78f6b9a99ce8ca
# quick: 0
# quick checksum: 5061522b7c9d7d2e
"""RSA: encrypts and decrypts texts with numbers that are lists of 28-bit digits.

python crypto_rsa.py [TEXTS]

Products and remainders are by Montgomery's method, powers by squaring. With TEXTS = 0 only a short
exponent is used.
"""

import sys

BITS = 28
BASE = 1 << BITS
MASK = BASE - 1
Digits = list[int]

MODULUS = int(
    "a5261939975948bb7a58dffe5ff54e65f0498f9175f5a09288810b8975871e99"
    "af3b5dd94057b0fc07535f5f97444504fa35169d461d0d30cf0192e307727c06"
    "5168c788771c561a9400fb49175e9e6aa4e23fe11af69e9412dd23b0cb6684c4"
    "c2429bce139e848ab26d0829073351f4acd36074eafd036a5eb83359d2a698d3",
    16,
)
PUBLIC = 0x10001
PRIVATE = int(
    "8e9912f6d3645894e8d38cb58c0db81ff516cf4c7e5a14c7f1eddb1459d2cded"
    "4d8d293fc97aee6aefb861859c8b6a3d1dfe710463e1f9ddc72048c09751971c"
    "4a580aa51eb523357a3cc48d31cfad1d4a165066ed92d4748fb6571211da5cb1"
    "4bc11b6e2df7c1a559e6d5ac1cd5c94703a22891464fba23d0d965086277a161",
    16,
)


def digits_of(number: int, count: int) -> Digits:
    """The lowest digits of a number, the least first."""
    digits = []
    for _ in range(count):
        digits.append(number & MASK)
        number >>= BITS
    return digits


def number_of(digits: Digits) -> int:
    """The number again."""
    number = 0
    for digit in reversed(digits):
        number = number << BITS | digit
    return number


class Montgomery:
    """Arithmetic modulo an odd number."""

    def __init__(self, modulus: int) -> None:
        self.count = (modulus.bit_length() + BITS - 1) // BITS
        self.modulus = digits_of(modulus, self.count)
        inverse = 1
        for _ in range(5):
            inverse = inverse * (2 - self.modulus[0] * inverse) & MASK
        self.negative_inverse = -inverse & MASK
        radix = 1 << (BITS * self.count)
        self.one = digits_of(radix % modulus, self.count)
        self.square = digits_of(radix * radix % modulus, self.count)

    def multiply(self, a: Digits, b: Digits) -> Digits:
        """a * b / radix, modulo the modulus."""
        count, modulus, negative = self.count, self.modulus, self.negative_inverse
        result = [0] * (count + 2)
        for i in range(count):
            digit = a[i]
            carry = 0
            for j in range(count):
                total = result[j] + digit * b[j] + carry
                result[j] = total & MASK
                carry = total >> BITS
            total = result[count] + carry
            result[count] = total & MASK
            result[count + 1] = total >> BITS
            factor = result[0] * negative & MASK
            carry = (result[0] + factor * modulus[0]) >> BITS
            for j in range(1, count):
                total = result[j] + factor * modulus[j] + carry
                result[j - 1] = total & MASK
                carry = total >> BITS
            total = result[count] + carry
            result[count - 1] = total & MASK
            result[count] = result[count + 1] + (total >> BITS)
        return self.reduced(result)

    def reduced(self, value: Digits) -> Digits:
        """The value, less the modulus if it is not below it."""
        count, modulus = self.count, self.modulus
        if value[count] == 0:
            for j in range(count - 1, -1, -1):
                if value[j] != modulus[j]:
                    if value[j] < modulus[j]:
                        return value[:count]
                    break
        borrow = 0
        for j in range(count):
            total = value[j] - modulus[j] - borrow
            value[j] = total & MASK
            borrow = 1 if total < 0 else 0
        return value[:count]

    def power(self, base: int, exponent: int) -> int:
        """base ** exponent, modulo the modulus."""
        factor = self.multiply(digits_of(base, self.count), self.square)
        result = self.one[:]
        for bit in f"{exponent:b}":
            result = self.multiply(result, result)
            if bit == "1":
                result = self.multiply(result, factor)
        return number_of(self.multiply(result, digits_of(1, self.count)))


def main(argv: list[str]) -> None:
    """Print what the texts were encrypted to, and whether they came back."""
    texts = int(argv[0]) if argv else 1
    field = Montgomery(MODULUS)
    for index in range(max(texts, 1)):
        text = f"The quick brown fox jumps over the extremely lazy dog, {index} times."
        number = int.from_bytes(text.encode(), "big")
        hidden = field.power(number, PUBLIC)
        exponent = PRIVATE if texts else 0x1003
        back = field.power(hidden, exponent)
        print(f"{hidden:x}\n{back:x} {back == number}")


if __name__ == "__main__":
    main(sys.argv[1:])
