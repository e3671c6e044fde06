import CMongoc
import HubRuntime

/// The library initialises itself when the process is loaded, and would then write to the standard error by itself; only
/// what runs before all libraries can keep it from that. Until there is a log, it is silent.
@used @section(".preinit_array")
private let silenceTheDriver: @convention(c) () -> Void = { mongoc_log_set_handler(nil, nil) }

/// The driver, which a process starts once, and whose own log goes to the hub's.
enum MongoLibrary {
  private static let started: Void = {
    mongoc_log_set_handler({ level, domain, message, _ in MongoLibrary.write(level, domain, message) }, nil)
    mongoc_init()
  }()

  private static let destination = Locked<Log?>(nil)

  /// Starts the driver, if it is not.
  static func start() { _ = started }

  /// Sends the driver's lines to `log`; the last one named gets them.
  static func send(to log: Log) { destination.with { $0 = log } }

  private static func write(
    _ level: mongoc_log_level_t, _ domain: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?
  ) {
    guard let log = destination.with({ $0 }) else { return }
    let text = message.map { String(cString: $0) } ?? ""
    // The text is the driver's: lines of one domain and level are alike, whatever they say.
    let fields = [("domain", domain.map { String(cString: $0) } ?? ""), ("text", text)]
    switch level {
    case MONGOC_LOG_LEVEL_ERROR, MONGOC_LOG_LEVEL_CRITICAL:
      log.error("the mongo driver says that something is wrong", fields)
    // A courtesy at the end that may come too late: the server forgets sessions by itself.
    case MONGOC_LOG_LEVEL_WARNING where text.hasPrefix("Couldn't send \"endSessions\""):
      log.debug("the mongo driver says", fields)
    case MONGOC_LOG_LEVEL_WARNING: log.warning("the mongo driver warns", fields)
    case MONGOC_LOG_LEVEL_MESSAGE, MONGOC_LOG_LEVEL_INFO:
      log.info("the mongo driver says", fields, alike: "the mongo driver says")
    default: log.debug("the mongo driver says", fields)
    }
  }
}

/// The text of a driver's error.
func driverMessage(_ error: bson_error_t) -> String {
  var error = error
  return String(cString: hub_error_message(&error))
}
