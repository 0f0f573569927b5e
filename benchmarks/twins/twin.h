/* What the twins in C share: do the work so often, time it, print what run_one.py prints.
 *
 *     twin ITERATIONS ARGUMENT
 *     twin -region ARGUMENT...      each between two SIGUSR1, for count_instructions.c
 *
 * A twin defines run(), which says its answer with say().
 */
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void run(long argument);

static char said[1 << 16], before[1 << 16];
static size_t used;

static void say(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    used += vsnprintf(said + used, sizeof said - used, format, values);
    va_end(values);
}

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text);
    }
    putchar('"');
}

int main(int count, char **words)
{
    if (count > 2 && strcmp(words[1], "-region") == 0) {
        for (int i = 2; i < count; i++) {
            used = 0;
            raise(SIGUSR1);
            run(atol(words[i]));
            raise(SIGUSR1);
        }
        return 0;
    }
    int iterations = count > 1 ? atoi(words[1]) : 1, varies = 0;
    long argument = count > 2 ? atol(words[2]) : 1;
    for (int i = 0; i < iterations; i++) {
        used = 0;
        double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
        run(argument);
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        wall = now(CLOCK_MONOTONIC) - wall;
        varies |= i > 0 && strcmp(said, before) != 0;
        strcpy(before, said);
        printf("{\"iteration\": %d, \"cpu\": %.9f, \"wall\": %.9f}\n", i, cpu, wall);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"peak_kib\": %ld, \"output\": ", usage.ru_maxrss);
    print_quoted(varies ? "the answers vary" : said);
    printf("}\n");
    return 0;
}
