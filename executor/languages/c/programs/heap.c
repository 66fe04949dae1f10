#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *text = malloc(10);
    free(text);
    printf("%p\n", (void *)text);
    free(text);
}
