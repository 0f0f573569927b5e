def f(n):
    s = ""
    for i in range(n):
        s += chr(97 + i % 26)
        if len(s) > 30:
            s = s[3:] + s[:2].upper()
        s = s.replace("zz", "-") if i % 11 == 0 else s
        if s[i % len(s)] == "e" or s.startswith("q"):
            s = f"{s}{i:03d}|{i!r:>4}"
        if i == 150:
            s += "\u20ac\U0001f40d"
    return s
print(ascii(f(100)), ascii(f(200)), ascii(f(400)))
def count(text):
    d = {}
    for ch in text:
        d[ch] = d.get(ch, 0) + 1
    return sorted(d.items())
print(count("the quick brown fox " * 20))
def b(n):
    data = bytearray()
    for i in range(n):
        data.append(i % 256)
    return sum(data), bytes(data[-5:]), b"".join([bytes([i % 256]) for i in range(n)])[3:6]
print(b(300))
