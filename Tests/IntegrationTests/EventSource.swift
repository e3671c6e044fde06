import Foundation
import HubRuntime
import HubTestSupport

/// Publishes numbered events of a tenant straight to Redis, as fast as that takes them: past the write path, which is
/// slower than the live side. It blocks.
final class EventSource: Sendable {
  private let port: Int
  private let tenant: String
  private let count = Locked(0)

  /// For a tenant of a Redis.
  init(redisPort: Int, tenant: String) throws {
    port = redisPort
    self.tenant = tenant
  }

  /// The number of the last event.
  var published: Int { count.with { $0 } }

  /// How many are asked for before the answers are read.
  private static let pipelined = 100
  /// An entry of the stream and the message with its place, as the hub's own script writes them.
  private static let script = """
    local offset = redis.call('XADD', KEYS[1], 'MAXLEN', '~', '20000', '*', 'e', ARGV[1])
    redis.call('PUBLISH', 'orderhub:' .. KEYS[1], '{"offset":"' .. offset .. '",' .. string.sub(ARGV[1], 2))
    return 1
    """

  /// Publishes so many more.
  func publish(_ more: Int) throws {
    let client = try RawClient(port: port)
    var left = more
    while left > 0 {
      let now = min(left, Self.pipelined)
      let commands = (0..<now).map { _ in
        command(
          count.with {
            $0 += 1; return $0
          })
      }
      try client.send(commands.joined())
      for _ in 0..<now {
        let reply = try client.line()
        guard reply == ":1" else { throw TestServerError("Redis says \(reply)") }
      }
      left -= now
    }
  }

  private static let padding = String(repeating: "x", count: 700)

  private func command(_ number: Int) -> String {
    let order = String(repeating: "0", count: 16) + String(format: "%08x", number)
    let envelope =
      #"{"id":"\#(order):1","seq":1,"tenant":"\#(tenant)","type":"order:updated","orderId":"\#(order)","#
      + #""at":"2026-01-01T00:00:00.000Z","data":{"n":\#(number),"padding":"\#(Self.padding)"}}"#
    let words = ["EVAL", Self.script, "1", "events:\(tenant)", envelope]
    return "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }
}
