import HubRuntime
import HubTestSupport

@testable import RedisHub

extension Site {
  /// Asks Redis directly, past every process.
  func ask(_ words: String...) throws -> RedisReply {
    let deadline = monotonicMicros() + UInt64(HangLimit.seconds) * 1_000_000
    let socket = try RedisSocket(RedisOptions(port: server.port), deadline: deadline)
    var pipeline = Pipeline()
    pipeline.command(words)
    return try socket.call(pipeline, deadline: deadline)[0]
  }

  func text(_ key: String) throws -> String? { try ask("GET", key).bytes.map { String(decoding: $0, as: UTF8.self) } }
}
