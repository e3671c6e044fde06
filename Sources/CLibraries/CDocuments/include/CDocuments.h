#pragma once
#include <stddef.h>
#include <stdint.h>

/* A file of the catalogue, as it was when the program was built. */
struct hub_document {
  const char *name;
  const uint8_t *bytes;
  size_t count;
};

/* How many files there are, and each of them: pages in the order in which they are read, then pictures. */
size_t hub_document_count(void);
struct hub_document hub_document_at(size_t index);
