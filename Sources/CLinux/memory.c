#include "CLinux.h"

#include <malloc.h>

void linux_return_free_memory(void) { (void)malloc_trim(0); }

void linux_limit_arenas(int count) { (void)mallopt(M_ARENA_MAX, count); }
