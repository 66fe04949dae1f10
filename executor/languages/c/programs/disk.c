#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    static char block[1 << 20];
    FILE *file = fopen("/tmp/big", "w");
    while (fwrite(block, sizeof block, 1, file) == 1)
        ;
    perror("big");
    return 1;
}
