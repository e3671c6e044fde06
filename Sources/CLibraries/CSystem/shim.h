#pragma once
/* Parts of the C library that Swift's Glibc module leaves out. */
#include <malloc.h>
