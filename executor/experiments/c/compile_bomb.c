// The victim is the compiler: it reads hostile text before anything of the program runs. Each of these
// macros is ten times the one before it. So some hundred characters become a million additions, all of
// which the compiler keeps in its memory. The trick is old: "a billion laughs".
#include <stdio.h>

#define ONE 1 +
#define TEN ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define THOUSAND HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define MYRIAD THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND
#define LAKH MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD MYRIAD
#define MILLION LAKH LAKH LAKH LAKH LAKH LAKH LAKH LAKH LAKH LAKH

enum { LAUGHS = MILLION 0 };

int main(void)
{
    printf("ATTEMPT make the compiler take 200 MiB: succeeded (it has added %d numbers)\n", LAUGHS);
}
