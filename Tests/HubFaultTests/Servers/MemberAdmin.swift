import HubContracts
import HubRuntime
import HubTestSupport

@testable import MongoStore

/// What is asked of one member of a replica set, past the hub.
final class MemberAdmin: Sendable {
  private let store: MongoStore

  init(port: Int) throws {
    let waits = "connectTimeoutMS=1000&socketTimeoutMS=3000&serverSelectionTimeoutMS=1000"
    var options = try MongoOptions(
      uri: "mongodb://127.0.0.1:\(port)/?directConnection=true&\(waits)", database: "admin", threads: 1)
    options.operationTimeoutMs = 3_000
    store = MongoStore(options, log: Log(level: .error, sink: Silence()), metrics: Metrics())
  }

  func close() { blocking { await self.store.close() } }

  /// Whether it takes writes; false too if it does not answer.
  var isPrimary: Bool {
    (try? ask {
      var reply = try $0.run(.plain, database: "admin", inSession: false) { $0.int32("hello", 1) }
      return try reply.bool("isWritablePrimary")
    }) ?? false
  }

  /// Makes a replica set of these ports, quick to elect.
  func initiate(_ ports: [Int]) throws {
    try ask { worker in
      _ = try worker.run(.plain, database: "admin", inSession: false) {
        $0.document("replSetInitiate") {
          $0.string("_id", "rs0" as StaticString)
          $0.documents("members", ports.enumerated()) {
            $0.int32("_id", Int32($1.offset))
            $0.string("host", "127.0.0.1:\($1.element)")
          }
          $0.document("settings") {
            $0.int32("electionTimeoutMillis", 2_000)
            $0.int32("heartbeatIntervalMillis", 500)
          }
        }
      }
    }
  }

  /// Makes it step down, for a few seconds.
  func stepDown() throws {
    try ask { worker in
      _ = try worker.run(.plain, database: "admin", inSession: false) {
        $0.int32("replSetStepDown", 5)
        $0.int32("secondaryCatchUpPeriodSecs", 1)
        $0.bool("force", true)
      }
    }
  }

  /// How a command is made to fail.
  enum Failing: Sendable {
    case error(Int32, label: String)
    case closeConnection
    case writeConcern(Int32)
  }

  /// Makes commands of the hub fail, so many times; none any more if `how` is nil. How many it has made fail since the
  /// member began.
  @discardableResult
  func fail(_ commands: [String], times: Int32, _ how: Failing?) throws -> Int64 {
    try ask { worker in
      var reply = try worker.run(.plain, database: "admin", inSession: false) {
        $0.string("configureFailPoint", "failCommand" as StaticString)
        guard let how else { return $0.string("mode", "off" as StaticString) }
        $0.document("mode") { $0.int32("times", times) }
        $0.document("data") {
          $0.strings("failCommands", commands)
          $0.string("appName", "orderhub" as StaticString)
          switch how {
          case .error(let code, let label):
            $0.int32("errorCode", code)
            $0.strings("errorLabels", [label])
          case .closeConnection: $0.bool("closeConnection", true)
          case .writeConcern(let code):
            $0.document("writeConcernError") {
              $0.int32("code", code)
              $0.string("errmsg", "the majority did not confirm in time" as StaticString)
            }
          }
        }
      }
      return try reply.integer("count")
    }
  }

  private func ask<Success: Sendable>(_ body: @escaping @Sendable (MongoWorker) throws -> Success) throws -> Success {
    try blocking { [store] in try await store.read(body) }
  }
}

/// A log that nobody reads.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}
