import CMongoc

/// The process's clients of one replica set, which share what is known of its members.
final class MongoClients: @unchecked Sendable {
  // Owner: the store. The driver's pool is made for many threads; it is destroyed when nobody is left to use it.
  private let pool: OpaquePointer

  /// Clients for the threads of one patience, with the waits of a hub and not of a batch job.
  init(_ options: MongoOptions, _ patience: Patience = .ordinary) {
    MongoLibrary.start()
    guard let uri = mongoc_uri_new(options.uri) else { preconditionFailure("options hold a checked connection string") }
    defer { mongoc_uri_destroy(uri) }
    for (name, value) in Self.defaults where !mongoc_uri_has_option(uri, name) {
      mongoc_uri_set_option_as_int32(uri, name, value)
    }
    let stated = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, 0)
    if patience != .ordinary || stated == 0 {
      mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, max(stated, patience.socketTimeoutMs))
    }
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, Int32((patience.threads ?? options.threads) + 1))
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_WTIMEOUTMS, 5_000)
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_JOURNAL, true)
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true)
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, true)
    mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_W, "majority")
    if !mongoc_uri_has_option(uri, MONGOC_URI_APPNAME) { mongoc_uri_set_appname(uri, "orderhub") }
    guard let pool = mongoc_client_pool_new(uri) else { preconditionFailure("the driver made no pool") }
    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
    self.pool = pool
  }

  deinit { mongoc_client_pool_destroy(pool) }

  /// What a connection string that says nothing else gets, in milliseconds. A server that stands still is waited for once
  /// as a socket and, when it is tried again, once as a primary: an ordinary call is answered after the two.
  static let defaults: [(String, Int32)] = [
    (MONGOC_URI_CONNECTTIMEOUTMS, 2_000), (MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 2_000),
    (MONGOC_URI_HEARTBEATFREQUENCYMS, 2_000),
  ]

  /// A client for the calling thread; there is one for each thread and one for the prober.
  func take() -> OpaquePointer {
    guard let client = mongoc_client_pool_pop(pool) else { preconditionFailure("the driver gave no client") }
    return client
  }

  /// Takes a client back.
  func giveBack(_ client: OpaquePointer) { mongoc_client_pool_push(pool, client) }
}
