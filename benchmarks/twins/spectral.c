/* The twin of programs/spectral.py. */
#include "twin.h"

static double element(long i, long j)
{
    return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(const double *vector, double *result, long size)
{
    for (long i = 0; i < size; i++) {
        double total = 0.0;
        for (long j = 0; j < size; j++)
            total += element(i, j) * vector[j];
        result[i] = total;
    }
}

static void transposed_times(const double *vector, double *result, long size)
{
    for (long i = 0; i < size; i++) {
        double total = 0.0;
        for (long j = 0; j < size; j++)
            total += element(j, i) * vector[j];
        result[i] = total;
    }
}

static void run(long size)
{
    double *u = malloc(size * sizeof *u), *v = malloc(size * sizeof *v);
    double *between = malloc(size * sizeof *between), above = 0.0, below = 0.0;
    for (long i = 0; i < size; i++)
        u[i] = 1.0;
    for (int step = 0; step < 10; step++) {
        times(u, between, size);
        transposed_times(between, v, size);
        times(v, between, size);
        transposed_times(between, u, size);
    }
    for (long i = 0; i < size; i++) {
        above += u[i] * v[i];
        below += v[i] * v[i];
    }
    say("%.9f\n", sqrt(above / below));
    free(u);
    free(v);
    free(between);
}
