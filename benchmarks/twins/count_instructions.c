/* Counts the instructions of a program between its SIGUSR1s, one at a time, by single steps.
 *
 *     count_instructions COMMAND ARGUMENTS...
 *
 * The first SIGUSR1 begins a region, the second ends it, and so on; only the thread that raises
 * them is counted. Prints one number a region on stderr, and gives up after MOST instructions.
 * For machines (virtual ones, mostly) without hardware counters.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 3000000

int main(int count, char **words)
{
    if (count < 2) {
        fprintf(stderr, "count_instructions: which command?\n");
        return 2;
    }
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execvp(words[1], words + 1);
        _exit(127);
    }
    long stepped = 0;
    int status, stepping = 0, signal_number = 0;
    while (waitpid(child, &status, 0) == child) {
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        signal_number = WSTOPSIG(status);
        if (signal_number == SIGUSR1) {
            if (stepping)
                fprintf(stderr, "%ld\n", stepped);
            stepping = !stepping;
            stepped = 0;
            signal_number = 0;
        } else if (signal_number == SIGTRAP) {
            stepped += stepping;
            signal_number = 0;
            if (stepped > MOST) {
                fprintf(stderr, "count_instructions: more than %d\n", MOST);
                kill(child, SIGKILL);
                return 1;
            }
        }
        ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, child, 0, (long)signal_number);
    }
    return 1;
}
