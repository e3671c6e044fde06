#pragma once
#include <openssl/sha.h>
#include <openssl/types.h>
#include <stddef.h>

/* From openssl/evp.h and openssl/hmac.h. Those include half of the system's headers, which would then belong to this
   module and be missing from Glibc's. */
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *evp_md, const void *key, int key_len, const unsigned char *data, size_t data_len,
                    unsigned char *md, unsigned int *md_len);
