/* libFuzzer brings the code. */
#include "CFuzzer.h"
