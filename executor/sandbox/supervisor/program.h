/* What a process has to be before it becomes the program's, whether it executes the runtime or has it already. */
#pragma once

/* The program's ends of its pipes: its descriptors 0 to 4. */
struct ends {
    int input, output, errput, control, errors;
};

#define ENDS 5

/* Give this process these descriptors, from 0 up, and no others. */
void keep_descriptors(const int *fds, int count);

/* Turn this process into the program's. The last thing it gets is the filter, if the steps have one.
 * `proc` is the container's own /proc. */
void become_program(int proc, const struct ends *ends, char *const *steps);
