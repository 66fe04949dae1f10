/* Counts system calls that no cgroup charges. */
#pragma once
#include <stdint.h>

struct calls {
    int listener; /* -1: no call is counted, see listen_for_calls() */
    int64_t locks_left, listens_left, refused;
};

/* Filter system calls on top of the container's own filter, for us and all our children. Without ours the
 * counted calls have no bound, so a sandbox whose container has a filter ends if it cannot add ours: the
 * kernel may be too old, or somebody else may listen already, and there can be only one listener. A container
 * without a filter is a weakened one, perhaps without "no new privileges", which adding a filter needs, or
 * gVisor's, which cannot pass calls to us. Then return -1, and the report shows it. */
int listen_for_calls(void);

/* Count a call, then pass it on or refuse it. Do not look at its arguments: the program may still change the
 * memory that they are in, and the socket. */
void answer(struct calls *calls);
