#include <stdio.h>

int main(int argc, char **argv)
{
    int number, sum = 0;
    printf("Numbers: ");
    while (scanf("%d", &number) == 1)
        sum += number;
    printf("%d\n", sum);
    for (int i = 0; i < argc; i++)
        printf("[%s]\n", argv[i]);
}
