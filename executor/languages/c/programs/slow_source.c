/* It includes itself without end. */
#if __INCLUDE_LEVEL__ < 60
#include "main.c"
#include "main.c"
#endif
