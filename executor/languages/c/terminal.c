/* Linked with every program: its streams behave as at a terminal. Whole lines survive a kill and stand in their order
 * among those of stderr, and a question is printed before its answer is read. */
#include <stdio.h>

__attribute__((constructor)) static void behave_as_at_a_terminal(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IOLBF, 0);
}
