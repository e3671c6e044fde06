import Foundation
import HubRuntime
import HubTestSupport

/// Someone who calls the API over one connection that is kept, and moves to another process when it breaks. It blocks.
final class RestClient {
  // Owner: the thread that uses it.
  private let ports: [Int]
  private let token: String
  private var random: SeededRandom
  private var connection: (client: RawClient, port: Int)?
  /// How long an answer may take, in seconds: some give up sooner than the hub does.
  private let patienceSeconds: Int
  /// How often in a hundred it asks another process for no reason: a process that was down would have no callers.
  private static let movesInHundred = 5

  init(ports: [Int], token: String, random: SeededRandom, patienceSeconds: Int) {
    self.ports = ports
    self.token = token
    self.random = random
    self.patienceSeconds = patienceSeconds
  }

  /// One attempt; nil if no whole answer came.
  func attempt(_ method: String, _ path: String, body: String = "", key: String? = nil) -> RawClient.Answer? {
    if random.percent(Self.movesInHundred) { move() }
    do {
      let client = try connected()
      var headers = ["Authorization: Bearer \(token)"]
      if !body.isEmpty { headers.append("Content-Type: application/json") }
      if let key { headers.append("Idempotency-Key: \(key)") }
      try client.request(method, path, headers: headers, body: method == "GET" ? nil : body)
      let answer = try client.answer()
      if answer.headers["connection"]?.lowercased() == "close" { connection = nil }
      return answer
    } catch {
      connection = nil
      return nil
    }
  }

  /// Asks another process next time.
  func move() { connection = nil }

  /// The port that the last attempt went to.
  var port: Int { connection?.port ?? 0 }

  /// Reads until there is an answer of 200, at most so long; nil if there is none.
  func read(_ path: String, withinMs: Int) -> Document? {
    let deadline = monotonicMicros() + UInt64(withinMs) * 1_000
    repeat {
      if let answer = attempt("GET", path), answer.status == 200 { return Document(parsing: answer.body) }
      move()
      usleep(50_000)
    } while monotonicMicros() < deadline
    return nil
  }

  private func connected() throws -> RawClient {
    if let connection { return connection.client }
    let port = ports[random.below(ports.count)]
    let client = try RawClient(port: port, timeoutSeconds: patienceSeconds)
    connection = (client, port)
    return client
  }
}
