/* The twin of programs/mandelbrot.py. */
#include "twin.h"

#define STEPS 50

static const char shades[] = " .:-=+*#%@";

static int escape_time(double cr, double ci)
{
    double zr = 0.0, zi = 0.0;
    for (int step = 0; step < STEPS; step++) {
        double zr2 = zr * zr, zi2 = zi * zi;
        if (zr2 + zi2 > 4.0)
            return step;
        zi = 2.0 * zr * zi + ci;
        zr = zr2 - zi2 + cr;
    }
    return STEPS;
}

static void thumbnail(const int *times, long size)
{
    long step = size / 24 > 1 ? size / 24 : 1;
    for (long y = 0; y < size; y += step) {
        char line[256];
        int length = 0;
        for (long x = 0; x < size; x += step) {
            char shade = shades[times[y * size + x] * 9 / STEPS];
            line[length++] = shade;
            line[length++] = shade;
        }
        while (length && line[length - 1] == ' ')
            length--;
        say("%.*s\n", length, line);
    }
}

static void run(long size)
{
    int *times = malloc(size * size * sizeof *times);
    long total = 0;
    for (long y = 0; y < size; y++) {
        double ci = 2.0 * y / size - 1.0;
        for (long x = 0; x < size; x++)
            times[y * size + x] = escape_time(2.0 * x / size - 1.5, ci);
    }
    thumbnail(times, size);
    for (long i = 0; i < size * size; i++)
        total = (total * 31 + times[i]) % 1000000007;
    say("%ld x %ld points, checksum %ld\n", size, size, total);
    free(times);
}
