#include <stdio.h>

int main(void)
{
    int *nothing = NULL;
    puts("begun");
    return *(volatile int *)nothing;
}
