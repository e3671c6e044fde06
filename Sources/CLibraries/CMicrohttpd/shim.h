#pragma once
#include <linux/filter.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

/* From now on the kernel drops what would begin a connection to a listening socket; those that wait to be accepted stay.
   A client that is not answered asks again after a second. The filter sees a segment from its TCP header on, whose byte
   13 has the flags. */
static inline int hub_drop_new_connections(int listening) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02 /* SYN */, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Swift imports no variadic functions; these are the calls that the hub makes of them. */

static inline void *hub_mhd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : (void *)0;
}

static inline int hub_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static inline struct sockaddr *hub_mhd_peer(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : (struct sockaddr *)0;
}

/* How many bytes the head of the request has, from its method on; 0 if it is not read. */
static inline size_t hub_mhd_head_bytes(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

/* Whether no answer was queued to the request. */
static inline bool hub_mhd_is_unanswered(struct MHD_Connection *connection) {
  return !MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
}

/* The descriptor that becomes readable when MHD_run has something to do; -1 if there is none. */
static inline int hub_mhd_epoll(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

/* How many milliseconds MHD_run may be left uncalled while nothing comes; -1 for any time. */
static inline int hub_mhd_timeout(struct MHD_Daemon *daemon) {
  MHD_UNSIGNED_LONG_LONG left;
  if (MHD_get_timeout(daemon, &left) != MHD_YES) return -1;
  return left > 60000 ? 60000 : (int)left;
}

static inline void hub_mhd_upgrade_close(struct MHD_UpgradeResponseHandle *handle) {
  MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

typedef void *(*hub_mhd_uri_callback)(void *cls, const char *uri, struct MHD_Connection *connection);
typedef size_t (*hub_mhd_unescape_callback)(void *cls, struct MHD_Connection *connection, char *text);

struct hub_mhd_options {
  unsigned int flags;
  int listen_socket;
  unsigned int connection_limit;
  unsigned int address_limit; /* 0: none */
  unsigned int timeout_seconds;
  size_t memory_bytes;
  void *context; /* first argument of every callback */
  MHD_AccessHandlerCallback handle;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection;
  hub_mhd_uri_callback uri;
  hub_mhd_unescape_callback unescape;
  MHD_LogCallback log;
};

static inline struct MHD_Daemon *hub_mhd_start(const struct hub_mhd_options *o) {
  /* The logger comes first: it takes effect where it stands. */
  return MHD_start_daemon(
      o->flags, 0, NULL, NULL, o->handle, o->context,
      MHD_OPTION_EXTERNAL_LOGGER, o->log, o->context,
      MHD_OPTION_LISTEN_SOCKET, o->listen_socket,
      MHD_OPTION_CONNECTION_LIMIT, o->connection_limit,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->address_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, o->timeout_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->memory_bytes,
      /* What it would refuse in 0.9.75, and not as the program does: no Host, a space in the target. We look ourselves. */
      MHD_OPTION_STRICT_FOR_CLIENT, 0,
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
      MHD_OPTION_NOTIFY_COMPLETED, o->completed, o->context,
      MHD_OPTION_NOTIFY_CONNECTION, o->connection, o->context,
      MHD_OPTION_URI_LOG_CALLBACK, o->uri, o->context,
      MHD_OPTION_UNESCAPE_CALLBACK, o->unescape, o->context,
      MHD_OPTION_END);
}
