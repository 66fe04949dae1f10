// The kernel keeps keys and passwords for programs, in rings that belong to a *user*, not to a
// container: two containers with the same user id share one. And the code had a famous hole. The C
// library has no functions for it, so this program makes the system calls itself.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    if (result == -1)
        printf("ATTEMPT %s: blocked (%s)\n", what, strerrorname_np(errno));
    else
        printf("ATTEMPT %s: succeeded\n", what);
}

int main(void)
{
    tell("open the user's key ring",
         syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1));
    // In the process's own ring, so that nothing stays when this succeeds.
    tell("keep a key", syscall(SYS_add_key, "user", "a-key", "x", 1, KEY_SPEC_PROCESS_KEYRING));
    tell("ask for another's key", syscall(SYS_request_key, "user", "a-key", NULL, 0));
}
