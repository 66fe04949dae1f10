#include <stdio.h>

int main(void)
{
    char name[4];
    scanf("%s", name);
    puts(name);
}
