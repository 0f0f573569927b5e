def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
        if steps > 500: break
    else:
        steps = -steps
    return steps
print([collatz(k) for k in (27, 97, 871, 2 ** 61 - 1, 1)])
def nested(n):
    t = 0
    i = 0
    while i < n:
        j = 0
        while True:
            j += 1
            if j % 3 == 0: continue
            if j > i % 10: break
            t += j * i
        i += 1
    return t
print(nested(50), nested(200))
def primes(n):
    sieve = [True] * n
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            for j in range(i * i, n, i):
                sieve[j] = False
    return [i for i in range(2, n) if sieve[i]]
print(primes(300)[-5:], len(primes(2000)))
