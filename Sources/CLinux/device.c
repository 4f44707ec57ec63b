#include "CLinux.h"

#include <sys/sysmacros.h>

uint32_t linux_device_major(uint64_t device) { return major(device); }

uint32_t linux_device_minor(uint64_t device) { return minor(device); }
