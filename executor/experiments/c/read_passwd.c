// Reads the list of users by the C library, which reads /etc/passwd. It works, and it shows nothing: the
// file is the image's, and names nobody who exists. No file of the host's is in a sandbox.
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    int people = 0;
    for (struct passwd *one; (one = getpwent());) {
        printf("user %u is %s\n", one->pw_uid, one->pw_name);
        if (strcmp(one->pw_name, "root") && strcmp(one->pw_name, "sandbox") &&
            strcmp(one->pw_name, "nobody"))
            people++;
    }
    if (people)
        printf("ATTEMPT find other people's names: succeeded (%d of them)\n", people);
    else
        printf("ATTEMPT find other people's names: blocked (the image has its own /etc/passwd)\n");

    const char *paths[] = {"/etc/shadow", "/root", "/home", "/etc/ssh", "/var/lib/docker"};
    for (int i = 0; i < 5; i++)
        printf("ATTEMPT find %s: %s\n", paths[i],
               access(paths[i], F_OK) == 0 ? "succeeded" : "blocked (it is not there)");
}
