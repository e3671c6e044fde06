/// Requests whose end a proxy and the hub may see in different places, for tests of servers.
public enum SmuggledRequests {
  /// Heads that are refused: their names, and all that is sent before the second request.
  public static let heads: [(name: String, bytes: String)] = [
    // Folded lines (RFC 9112, 5.2).
    ("a folded length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length:\r\n \(length)\r\n\r\n"),
    ("a length folded with a tab", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length:\r\n\t\(length)\r\n\r\n"),
    ("a length folded twice", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length:\r\n \r\n \(length)\r\n\r\n"),
    ("a length with an empty fold", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: \(length)\r\n \r\n\r\n"),
    ("a folded encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"),
    ("a fold in another header", "GET /e HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n"),
    ("a fold of nothing at the end", "GET /e HTTP/1.1\r\nHost: t\r\nX: a\r\n \r\n\r\n"),
    ("a length in a fold", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\r\n Content-Length: \(length)\r\n\r\n"),
    ("a fold of the first header", "POST /e HTTP/1.1\r\n Content-Length: \(length)\r\nHost: t\r\n\r\n"),
    ("a fold behind much else", "POST /e HTTP/1.1\r\nHost: t\r\n\(filler)Content-Length:\r\n \(length)\r\n\r\n"),
    // Bare CR, bare LF, NUL.
    ("a length behind a bare CR", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\rContent-Length: \(length)\r\n\r\n"),
    ("an encoding behind a bare CR", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n"),
    ("a bare CR before a colon", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length\r: \(length)\r\n\r\n"),
    ("a bare CR before a length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: \r\(length)\r\n\r\n"),
    ("a bare CR in the request line", "POST /e\r HTTP/1.1\r\nHost: t\r\n\r\n"),
    ("two CR", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\r\r\nContent-Length: \(length)\r\n\r\n"),
    ("a length behind a bare LF", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\nContent-Length: \(length)\r\n\r\n"),
    ("a request line with a bare LF", "GET /e HTTP/1.1\nHost: t\r\n\r\n"),
    ("a last header with a bare LF", "GET /e HTTP/1.1\r\nHost: t\n\r\n"),
    ("a head that ends with a bare LF", "GET /e HTTP/1.1\r\nHost: t\r\n\n"),
    ("bare LF alone", "GET /e HTTP/1.1\nHost: t\n\n"),
    ("a NUL in a value", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n"),
    ("a NUL at the end of a length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 0\0\(length)\r\n\r\n"),
    ("a NUL in a name", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Len\0gth: \(length)\r\n\r\n"),
    ("a line that begins with NUL", "POST /e HTTP/1.1\r\nHost: t\r\n\0Content-Length: \(length)\r\n\r\n"),
    // Names.
    ("a space before the colon", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length : \(length)\r\n\r\n"),
    ("a tab before the colon", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length\t: \(length)\r\n\r\n"),
    ("a space before a name", "POST /e HTTP/1.1\r\nHost: t\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n"),
    ("a name of nothing", "POST /e HTTP/1.1\r\nHost: t\r\n: a\r\n\r\n"),
    ("a line without a colon", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length\r\n\r\n"),
    ("a name with a control byte", "POST /e HTTP/1.1\r\nHost: t\r\n\u{1}Content-Length: \(length)\r\n\r\n"),
    ("a name beyond ASCII", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length\u{a0}: \(length)\r\n\r\n"),
    // Lengths.
    ("two lengths", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: \(length)\r\n\r\n"),
    ("one length twice", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
    ("a list of lengths", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: \(length), \(length)\r\n\r\n"),
    ("a signed length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: +\(length)\r\n\r\n"),
    ("a negative length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: -\(length)\r\n\r\n"),
    ("a length in hex", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 0x20\r\n\r\n"),
    ("a length with a space in it", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 1 0\r\n\r\n"),
    ("a length with a tab behind it", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 0\t\r\n\r\n"),
    ("a length with a vertical tab", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: \u{b}\(length)\r\n\r\n"),
    ("an empty length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length:\r\n\r\n"),
    ("a length of 2^64", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551616\r\n\r\n"),
    ("a length of 2^64 and some", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551660\r\n\r\n"),
    // Encodings.
    ("a length and an encoding", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\(chunked)\r\n0\r\n\r\n"),
    ("an encoding and a length", "POST /e HTTP/1.1\r\nHost: t\r\n\(chunked)Content-Length: 5\r\n\r\n0\r\n\r\n"),
    ("two encodings", "POST /e HTTP/1.1\r\nHost: t\r\n\(chunked)\(chunked)\r\n0\r\n\r\n"),
    ("identity", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("a list of encodings", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("gzip and chunked", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("a space behind the encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n"),
    ("a quoted encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    ("an encoding with a semicolon", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked;x\r\n\r\n0\r\n\r\n"),
    ("an empty encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n"),
    ("almost the encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    (
      "an encoding behind a form feed",
      "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: \u{c}chunked\r\n\r\n0\r\n\r\n"
    ),
    ("chunks in HTTP/1.0", "POST /e HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n\(chunked)\r\n0\r\n\r\n"),
    // Request lines.
    ("two spaces", "GET  /e HTTP/1.1\r\nHost: t\r\n\r\n"),
    ("a space behind the version", "GET /e HTTP/1.1 \r\nHost: t\r\n\r\n"),
    ("two hosts", "GET /e HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n"),
  ]

  /// Bodies in chunks that are refused.
  public static let chunks: [(name: String, bytes: String)] = [
    ("a chunk's line with a bare LF", "5\nhello\r\n0\r\n\r\n"),
    ("a chunk that ends with a bare LF", "5\r\nhello\n5\r\nhello\r\n0\r\n\r\n"),
    ("a bare LF in an extension", "5;\nx\r\nhello\r\n0\r\n\r\n"),
    ("a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    ("a NUL in an extension", "5;a\0b\r\nhello\r\n0\r\n\r\n"),
    ("a control byte in an extension", "5;a\u{1}b\r\nhello\r\n0\r\n\r\n"),
    ("such an extension of a later chunk", "5\r\nhello\r\n5;\u{7f}\r\nhello\r\n0\r\n\r\n"),
    ("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
    ("a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
    ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
    ("a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
    ("a space behind a size", "5 \r\nhello\r\n0\r\n\r\n"),
    ("a space before an extension", "5 ;a\r\nhello\r\n0\r\n\r\n"),
    ("no size", "\r\nhello\r\n0\r\n\r\n"),
    ("an extension without a size", ";a\r\nhello\r\n0\r\n\r\n"),
    ("a size of 2^64", "10000000000000000\r\nhello\r\n0\r\n\r\n"),
    ("a chunk that is longer than it says", "3\r\nhello\r\n0\r\n\r\n"),
    ("an end with a bare LF", "5\r\nhello\r\n0\r\n\n"),
    ("a trailer with a bare LF", "5\r\nhello\r\n0\r\nA: b\n\r\n"),
    ("a folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"),
    ("a trailer without a colon", "5\r\nhello\r\n0\r\nGET /e HTTP/1.1\r\n\r\n"),
  ]

  /// Ends of chunked bodies that the library takes and does not show: answered, and the connection ends with the answer.
  public static let ends = [
    "5\r\nhello\r\n0;a\u{1}b\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0;\nx: y\r\n\r\n",
    "5\r\nhello\r\n000\r\n\r\n",
    "0\n\r\n", "0\r\n\r\n", "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
  ]

  /// What stands behind each of them.
  public static let second = "GET /second HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
  private static let length = second.utf8.count
  private static let chunked = "Transfer-Encoding: chunked\r\n"
  private static let filler = (0..<40).map { "X-Filler-\($0): \(String(repeating: "f", count: 100))\r\n" }.joined()

  /// The head of a request with these chunks.
  public static func chunkedRequest(_ chunks: String) -> String {
    "POST /e HTTP/1.1\r\nHost: t\r\n\(chunked)\r\n\(chunks)"
  }

  /// Sends the parts and reads until the server closes: the statuses of all answers.
  public static func answers(to parts: [String], port: Int) throws -> [String] {
    let client = try RawClient(port: port)
    // A server that has closed by then takes no more.
    for part in parts { try? client.send(part) }
    // An answer may stand right behind the body of the one before.
    return client.rest().matches(of: #/HTTP\/1\.[01] (\d{3}) /#).map { String($0.output.1) }
  }
}
