/* The time that no one can set. */
#pragma once
#include <stdint.h>

int64_t now_us(void);
