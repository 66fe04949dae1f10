// The second stage of most attacks: bring a program along, write it to a place that is writable, run
// it. What is written here can be read, and not executed. (It is a hurdle: this program itself is run
// from a file in memory, which is on no mount. A filter of system calls is what stops the rest.)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void copy(const char *from, const char *to)
{
    char block[1 << 16];
    int source = open(from, O_RDONLY), target = open(to, O_CREAT | O_WRONLY, 0700);
    for (ssize_t n; (n = read(source, block, sizeof block)) > 0;)
        if (write(target, block, n) != n)
            perror(to);
    close(source);
    close(target);
}

int main(void)
{
    const char *places[] = {"/tmp/tool", "/dev/shm/tool"};
    for (int i = 0; i < 2; i++) {
        char *command[] = {"tool", NULL};
        pid_t child;
        copy("/bin/true", places[i]);
        int error = posix_spawn(&child, places[i], NULL, NULL, command, environ);
        if (error) {
            printf("ATTEMPT run %s: blocked (%s)\n", places[i], strerrorname_np(error));
        } else {
            waitpid(child, NULL, 0);
            printf("ATTEMPT run %s: succeeded\n", places[i]);
        }
    }
}
