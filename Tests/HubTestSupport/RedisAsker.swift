import Foundation

/// Asks a redis-server one thing at a time, each on a connection of its own. It blocks.
public enum RedisAsker {
  /// The reply to a command: a text, a number or each element of a list as text; empty for nil. Throws for an error.
  @discardableResult
  public static func ask(_ port: Int, _ words: String...) throws -> [String] {
    let client = try RawClient(port: port)
    let command = words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    try client.send("*\(words.count)\r\n" + command)
    return try reply(client)
  }

  private static func reply(_ client: RawClient) throws -> [String] {
    let line = try client.line()
    let rest = String(line.dropFirst())
    switch line.first {
    case "+", ":": return [rest]
    case "$":
      guard let count = Int(rest), count >= 0 else { return [] }
      return [String(try client.read(count + 2).dropLast(1))]
    case "*": return try (0..<max(0, Int(rest) ?? 0)).flatMap { _ in try reply(client) }
    default: throw RawClient.Failure("Redis says \(line)")
    }
  }
}
