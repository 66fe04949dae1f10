// Reads the environment, which is an array beside the arguments of main. It is where services keep the
// password of their database, and a program that a service starts inherits it, unless somebody takes
// care.
#include <stdio.h>
#include <string.h>

static const char *ours[] = {"PATH", "HOME", "USER", "LANG", "HOSTNAME", "TERM"};

static int is_ours(const char *entry)
{
    if (strncmp(entry, "PYTHON", 6) == 0)
        return 1;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        size_t length = strlen(ours[i]);
        if (strncmp(entry, ours[i], length) == 0 && entry[length] == '=')
            return 1;
    }
    return 0;
}

int main(int count, char **arguments, char **environment)
{
    int found = 0;
    (void)count, (void)arguments;
    for (; *environment; environment++)
        if (!is_ours(*environment)) {
            printf("ATTEMPT read a secret: succeeded (%s)\n", *environment);
            found++;
        }
    if (!found)
        printf("ATTEMPT read a secret: blocked (nothing but what every sandbox has)\n");
}
