import CMongoc
import HubContracts
import Orders

/// One client for a few questions, on a thread that may wait.
final class MongoProbe {
  // Owner: the thread that made it.
  private let client: OpaquePointer
  private let reply: OpaquePointer
  private var writer = BSONWriter()

  /// How long one server may take to be reached, and to answer, in milliseconds, unless the connection string waits longer.
  static let connectMs: Int32 = 1_500
  static let answerMs: Int32 = 3_000

  /// What was not answered as it should be.
  struct Refusal: Error {
    /// The server's code; 0 if it was not the server who refused.
    var code: Int32 = 0
    /// Whether user and password were not taken.
    var isLogin = false
    let reason: String
  }

  /// A client for a connection string; it keeps none of it. Throws if the servers' names cannot be looked up.
  init(_ uri: OpaquePointer) throws(Refusal) {
    Self.setWaits(of: uri)
    mongoc_uri_set_appname(uri, "orderhub")
    var error = bson_error_t()
    guard let client = mongoc_client_new_from_uri_with_error(uri, &error) else {
      throw Refusal(reason: driverMessage(error))
    }
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
    self.client = client
    reply = hub_reply_new()
  }

  /// Has a connection string wait as long as it says, and never less than a probe does.
  static func setWaits(of uri: OpaquePointer) {
    for (name, least) in [
      (MONGOC_URI_CONNECTTIMEOUTMS, connectMs), (MONGOC_URI_SERVERSELECTIONTIMEOUTMS, connectMs),
      (MONGOC_URI_SOCKETTIMEOUTMS, answerMs),
    ] {
      mongoc_uri_set_option_as_int32(uri, name, max(least, mongoc_uri_get_option_as_int32(uri, name, 0)))
    }
  }

  deinit {
    hub_reply_free(reply)
    mongoc_client_destroy(client)
  }

  /// Sends a command and reads its answer.
  func ask<Answer>(
    _ database: String, _ command: (inout BSONWriter) -> Void,
    read: (inout BSONReader) throws(BSONError) -> Answer
  ) throws(Refusal) -> Answer {
    writer.reset()
    let bytes = writer.bytes(writer.root(command))
    var error = bson_error_t()
    let isAnswered = hub_run(
      client, database, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, nil,
      MongoWorker.Mode.plain.rawValue, reply, &error)
    guard isAnswered else { throw Self.refusal(error) }
    do throws(BSONError) {
      var reader = try BSONReader(
        UnsafeRawBufferPointer(start: hub_reply_bytes(reply), count: Int(hub_reply_length(reply))))
      return try read(&reader)
    } catch {
      throw Refusal(reason: "the answer: \(error)")
    }
  }

  private static func refusal(_ error: bson_error_t) -> Refusal {
    let message = driverMessage(error)
    let code = Int32(bitPattern: error.code)
    switch mongoc_error_domain_t(rawValue: error.domain) {
    case MONGOC_ERROR_SERVER: return Refusal(code: code, isLogin: code == ServerCode.loginFailed, reason: message)
    case MONGOC_ERROR_CLIENT:
      return Refusal(isLogin: error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue, reason: message)
    case MONGOC_ERROR_PROTOCOL where error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION.rawValue:
      return Refusal(code: ServerCode.unknownCommand, reason: message)
    default: return Refusal(reason: message)
    }
  }
}
