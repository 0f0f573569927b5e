/* The twin of programs/dot_product.py. */
#include "twin.h"

static double dot(const double *xs, const double *ys, long size)
{
    double result = 0.0;
    for (long i = 0; i < size; i++)
        result += xs[i] * ys[i];
    return result;
}

static void run(long size)
{
    double *xs = malloc(size * sizeof *xs), *ys = malloc(size * sizeof *ys), result = 0.0;
    for (long i = 0; i < size; i++) {
        xs[i] = (i % 17) * 0.25;
        ys[i] = (i % 13) * 0.5 - 3.0;
    }
    for (int step = 0; step < 10; step++) {
        xs[step] = step * 1.5;
        result += dot(xs, ys, size);
    }
    free(xs);
    free(ys);
    say("%.6f\n", result);
}
