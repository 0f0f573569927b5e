/* The twin of programs/sieve.py. */
#include "twin.h"

static void run(long limit)
{
    char *is_prime = malloc(limit);
    long *primes = malloc(limit * sizeof *primes), count = 0, total = 0;
    memset(is_prime, 1, limit);
    memset(is_prime, 0, limit < 2 ? limit : 2);
    for (long candidate = 2; candidate * candidate < limit; candidate++)
        if (is_prime[candidate])
            for (long multiple = candidate * candidate; multiple < limit; multiple += candidate)
                is_prime[multiple] = 0;
    for (long number = 0; number < limit; number++)
        if (is_prime[number])
            primes[count++] = number;
    for (long i = 0; i < count; i++)
        total += primes[i];
    say("%ld primes below %ld, the last is %ld, their sum is %ld\n", count, limit,
        count ? primes[count - 1] : 0, total);
    free(is_prime);
    free(primes);
}
