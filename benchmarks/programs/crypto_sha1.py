# benchmark: numeric
# about: SHA-1 of a text (after SunSpider)
# features: 32-bit masks, shifts, list indexing, calls
# argument: 400
# iterations: 12
# checksum: dde1d67cfcd1260a
# quick: 1
# quick checksum: 87e047fc02bacd28
"""SHA-1, as the standard describes it, of a text that grows: prints the last digest.

python crypto_sha1.py [ROUNDS]
"""

import sys

MASK = 0xFFFFFFFF
TEXT = "Two households, both alike in dignity, in fair Verona, where we lay our scene. " * 12


def rotate(value: int, count: int) -> int:
    """Rotate 32 bits to the left."""
    return ((value << count) | (value >> (32 - count))) & MASK


def mix(step: int, b: int, c: int, d: int) -> int:
    """The function of the step's quarter."""
    if step < 20:
        return (b & c) | (~b & MASK & d)
    if step < 40:
        return b ^ c ^ d
    if step < 60:
        return (b & c) | (b & d) | (c & d)
    return b ^ c ^ d


def constant(step: int) -> int:
    """The constant of the step's quarter."""
    if step < 20:
        return 0x5A827999
    if step < 40:
        return 0x6ED9EBA1
    if step < 60:
        return 0x8F1BBCDC
    return 0xCA62C1D6


def padded(message: bytes) -> list[int]:
    """The message as 32-bit words, padded to whole blocks."""
    data = bytearray(message)
    data.append(0x80)
    while len(data) % 64 != 56:
        data.append(0)
    data += (len(message) * 8).to_bytes(8, "big")
    words = []
    for start in range(0, len(data), 4):
        word = data[start] << 24 | data[start + 1] << 16 | data[start + 2] << 8 | data[start + 3]
        words.append(word)
    return words


def sha1(message: bytes) -> str:
    """The digest in hexadecimal."""
    words = padded(message)
    h0, h1, h2, h3, h4 = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0
    w = [0] * 80
    for block in range(0, len(words), 16):
        a, b, c, d, e = h0, h1, h2, h3, h4
        for step in range(80):
            if step < 16:
                w[step] = words[block + step]
            else:
                w[step] = rotate(w[step - 3] ^ w[step - 8] ^ w[step - 14] ^ w[step - 16], 1)
            total = rotate(a, 5) + mix(step, b, c, d) + e + w[step] + constant(step)
            e = d
            d = c
            c = rotate(b, 30)
            b = a
            a = total & MASK
        h0 = (h0 + a) & MASK
        h1 = (h1 + b) & MASK
        h2 = (h2 + c) & MASK
        h3 = (h3 + d) & MASK
        h4 = (h4 + e) & MASK
    return "".join(f"{part:08x}" for part in (h0, h1, h2, h3, h4))


def main(argv: list[str]) -> None:
    """Print the digest of the last text."""
    rounds = int(argv[0]) if argv else 60
    digest = ""
    for _ in range(rounds):
        digest = sha1((TEXT + digest).encode())
    print(digest)


if __name__ == "__main__":
    main(sys.argv[1:])
