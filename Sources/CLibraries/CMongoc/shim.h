#pragma once
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* bson_t is aligned to 128 bytes, which Swift does not know: each one lives here, on the C stack or behind a pointer. */

/* A reply's place, reused from command to command. */
static inline bson_t *hub_reply_new(void) {
  bson_t *reply = NULL;
  if (posix_memalign((void **)&reply, 128, sizeof(bson_t)) != 0) abort();
  bson_init(reply);
  return reply;
}

static inline void hub_reply_free(bson_t *reply) {
  bson_destroy(reply);
  free(reply);
}

static inline const uint8_t *hub_reply_bytes(const bson_t *reply) { return bson_get_data(reply); }
static inline uint32_t hub_reply_length(const bson_t *reply) { return reply->len; }

enum { HUB_READ = 0, HUB_WRITE = 1, HUB_PLAIN = 2 };

/* Runs a command given as BSON bytes, on the primary; `reply` is left initialised whatever happens. */
static inline bool hub_run(mongoc_client_t *client, const char *database, const uint8_t *bytes, size_t length,
                           mongoc_client_session_t *session, int mode, bson_t *reply, bson_error_t *error) {
  bson_t command;
  bson_t options = BSON_INITIALIZER;
  bool ok = false;
  bson_destroy(reply);
  bson_init(reply);
  memset(error, 0, sizeof *error);
  if (!bson_init_static(&command, bytes, length)) {
    bson_set_error(error, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, "the command is not BSON");
    return false;
  }
  if (session && !mongoc_client_session_append(session, &options, error)) {
    bson_destroy(&options);
    return false;
  }
  /* Each of the three makes the reply anew; an empty inline one holds nothing that could leak. */
  if (mode == HUB_READ) {
    ok = mongoc_client_read_command_with_opts(client, database, &command, NULL, &options, reply, error);
  } else if (mode == HUB_WRITE) {
    ok = mongoc_client_write_command_with_opts(client, database, &command, &options, reply, error);
  } else {
    ok = mongoc_client_command_with_opts(client, database, &command, NULL, &options, reply, error);
  }
  bson_destroy(&options);
  return ok;
}

/* Commits the session's transaction; `reply` is left initialised whatever happens. */
static inline bool hub_commit(mongoc_client_session_t *session, bson_t *reply, bson_error_t *error) {
  bson_destroy(reply);
  bson_init(reply);
  memset(error, 0, sizeof *error);
  return mongoc_client_session_commit_transaction(session, reply, error);
}

/* One of the servers that a connection string names, NULL past the last. */
static inline const mongoc_host_list_t *hub_uri_host(const mongoc_uri_t *all, uint32_t index) {
  const mongoc_host_list_t *host = mongoc_uri_get_hosts(all);
  while (host && index-- > 0) host = host->next;
  return host;
}

/* That server alone, as its `host:port`. */
static inline const char *hub_host_name(const mongoc_host_list_t *host) { return host->host_and_port; }

/* A connection string for that server alone, with TLS and waits as for all, and nobody who logs in: what it says of itself to
   anyone. NULL if it cannot be named so. */
static inline mongoc_uri_t *hub_host_uri(const mongoc_uri_t *all, const mongoc_host_list_t *host) {
  char text[512];
  int length = snprintf(text, sizeof text, "mongodb://%s/?directConnection=true", host->host_and_port);
  if (length < 0 || (size_t)length >= sizeof text) return NULL;
  mongoc_uri_t *uri = mongoc_uri_new(text);
  bson_iter_t option;
  const bson_t *options = mongoc_uri_get_options(all);
  if (!uri || !options || !bson_iter_init(&option, options)) return uri;
  while (bson_iter_next(&option)) {
    const char *name = bson_iter_key(&option);
    if (BSON_ITER_HOLDS_INT32(&option) &&
        (strcmp(name, "connecttimeoutms") == 0 || strcmp(name, "serverselectiontimeoutms") == 0 ||
         strcmp(name, "sockettimeoutms") == 0)) {
      mongoc_uri_set_option_as_int32(uri, name, bson_iter_int32(&option));
    }
    if (strncmp(name, "tls", 3) != 0 && strncmp(name, "ssl", 3) != 0) continue;
    if (BSON_ITER_HOLDS_BOOL(&option)) {
      mongoc_uri_set_option_as_bool(uri, name, bson_iter_bool(&option));
    } else if (BSON_ITER_HOLDS_UTF8(&option)) {
      mongoc_uri_set_option_as_utf8(uri, name, bson_iter_utf8(&option, NULL));
    }
  }
  return uri;
}

static inline const char *hub_error_message(const bson_error_t *error) { return error->message; }
