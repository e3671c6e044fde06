#pragma once
#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

/* From openssl/ssl.h, bio.h, err.h, x509.h and x509_vfy.h. Those include half of the system's headers, which would then
   belong to this module and be missing from Glibc's. */
struct ssl_method_st;
struct bio_method_st;
const struct ssl_method_st *TLS_client_method(void);
SSL_CTX *SSL_CTX_new(const struct ssl_method_st *method);
void SSL_CTX_free(SSL_CTX *context);
long SSL_CTX_ctrl(SSL_CTX *context, int command, long number, void *pointer);
uint64_t SSL_CTX_set_options(SSL_CTX *context, uint64_t options);
int SSL_CTX_load_verify_file(SSL_CTX *context, const char *path);
int SSL_CTX_set_default_verify_paths(SSL_CTX *context);
int SSL_CTX_use_certificate_chain_file(SSL_CTX *context, const char *path);
int SSL_CTX_use_PrivateKey_file(SSL_CTX *context, const char *path, int type);
void SSL_CTX_set_default_passwd_cb(SSL_CTX *context, int (*give)(char *room, int size, int writing, void *context));
void SSL_CTX_set_verify(SSL_CTX *context, int mode, int (*judge)(int ok, X509_STORE_CTX *store));
SSL *SSL_new(SSL_CTX *context);
void SSL_free(SSL *session);
int SSL_set1_host(SSL *session, const char *name);
X509_VERIFY_PARAM *SSL_get0_param(SSL *session);
int X509_VERIFY_PARAM_set1_ip_asc(X509_VERIFY_PARAM *parameters, const char *address);
long SSL_ctrl(SSL *session, int command, long number, void *pointer);
void SSL_set_bio(SSL *session, BIO *incoming, BIO *outgoing);
void SSL_set_connect_state(SSL *session);
int SSL_do_handshake(SSL *session);
int SSL_read(SSL *session, void *room, int size);
int SSL_write(SSL *session, const void *bytes, int size);
int SSL_get_error(const SSL *session, int outcome);
long SSL_get_verify_result(const SSL *session);
const char *X509_verify_cert_error_string(long verdict);
const struct bio_method_st *BIO_s_mem(void);
BIO *BIO_new(const struct bio_method_st *method);
int BIO_read(BIO *bio, void *room, int size);
int BIO_write(BIO *bio, const void *bytes, int size);
size_t BIO_ctrl_pending(BIO *bio);
unsigned long ERR_get_error(void);
void ERR_clear_error(void);
const char *ERR_reason_error_string(unsigned long error);

/* A key under a password would be asked for on the terminal: it is refused instead. */
static inline int hub_ssl_no_password(char *room, int size, int writing, void *context) {
  (void)room, (void)size, (void)writing, (void)context;
  return -1;
}
static inline void hub_ssl_ask_nobody(SSL_CTX *context) {
  SSL_CTX_set_default_passwd_cb(context, hub_ssl_no_password);
}
static inline void hub_ssl_verify_peer(SSL_CTX *context) { SSL_CTX_set_verify(context, 1, NULL); }
