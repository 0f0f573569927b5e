/* The twin of programs/int_sum.py. */
#include "twin.h"

static void run(long limit)
{
    long result = 0;
    for (long i = 0; i < limit; i++)
        result += (i * 7) % 11 - (i & 3);
    say("%ld\n", result);
}
