import HubRuntime
import HubTestSupport
import MongoStore

extension Hub {
  /// The hub's own documents, for what no request shows. Whoever opens it closes it.
  func store() throws -> MongoStore {
    guard let name = mongoURI.split(separator: "?").first?.split(separator: "/").last else {
      throw TestServerError("the connection string names no database: \(mongoURI)")
    }
    return MongoStore(
      try MongoOptions(uri: mongoURI, database: String(name), threads: 2), log: Log(level: .error, sink: Nowhere()),
      metrics: Metrics())
  }

  private struct Nowhere: LogSink {
    func write(_ line: LogLine) {}
  }
}
