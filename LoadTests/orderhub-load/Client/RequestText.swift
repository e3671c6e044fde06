/// Writes requests of one user to one server, as bytes that can be sent again and again.
struct RequestText: Sendable {
  let host: String
  let token: String

  func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\n\(common)\r\n".utf8) }

  func send(_ method: String, _ path: String, _ body: String) -> [UInt8] {
    Array(
      ("\(method) \(path) HTTP/1.1\r\n\(common)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        + body).utf8)
  }

  func post(_ path: String, _ body: String) -> [UInt8] { send("POST", path, body) }

  private var common: String { "Host: \(host)\r\nAuthorization: Bearer \(token)\r\n" }
}
