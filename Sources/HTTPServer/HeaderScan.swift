import CMicrohttpd
import Glibc

/// What the server itself wants to know of a request's headers, found in one pass without copying.
///
/// The pointers live as long as the request's head does in the library.
///
/// The pass also sees what the library overlooks. libmicrohttpd 0.9.75 takes a bare LF for the end of a line, a line that
/// begins with NUL for the end of the head, and of a folded header it loses the value (`get_next_header_line` and
/// `process_broken_line` in its connection.c). But it leaves the head where it was read, with NUL for each CR, LF and
/// colon, and its headers point into it. So in a head that is one of RFC 9112, and only there, each line stands two bytes
/// behind the one before it, and the last two bytes before the end.
struct HeaderScan {
  /// Where a value stands.
  typealias Span = UnsafeRawBufferPointer

  /// `Authorization`.
  private(set) var authorization: Span?
  /// The first `X-Request-Id`, if it may be used.
  private(set) var requestID: Span?
  /// `Origin`.
  private(set) var origin: Span?
  /// `Host`.
  private(set) var host: Span?
  /// What `Content-Length` says; as much as can be for more than that.
  private(set) var contentLength: UInt64?
  /// Whether the body comes in chunks.
  private(set) var isChunked = false
  /// Whether there is an `Upgrade`.
  private(set) var wantsUpgrade = false
  /// What is wrong with the framing, if anything.
  private(set) var fault: String?

  /// Where the head ends, and what follows is kept until it is used.
  private(set) var end: UnsafeRawPointer?

  /// How many bytes the head has.
  private(set) var headBytes = 0

  /// Which of the headers were sent that have one value, a bit each.
  private var seen: UInt16 = 0
  private var fields = 0
  private var cookieBytes = 0
  private var hasCookies = false

  /// How much of the connection's memory the head takes with what the library keeps of it: a record of 56 bytes, rounded
  /// up to 64, for each header and cookie, and a copy of the cookies (`MHD_HTTP_Header` and `parse_cookie_header`).
  var memoryBytes: Int { headBytes + 64 * fields + cookieBytes }

  /// Where the next line must stand.
  private var line: UnsafeRawPointer?

  /// Whether a body follows.
  var announcesBody: Bool { isChunked || (contentLength ?? 0) > 0 }

  /// Begins behind the request line, of which `version` is the end.
  private init(behind version: UnsafePointer<CChar>) { line = UnsafeRawPointer(version) + Self.versionBytes + 2 }

  /// Nothing yet.
  init() { line = nil }

  private static let versionBytes = "HTTP/1.1".utf8.count

  /// Reads the headers of a request; `method` and `version` as the library gave them. Without the method nothing is known
  /// of where the head ends.
  static func read(
    _ connection: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>
  ) -> HeaderScan {
    var scan = HeaderScan(behind: version)
    withUnsafeMutablePointer(to: &scan) { pointer in
      _ = MHD_get_connection_values_n(
        connection, .HEADER_KIND,
        { context, _, key, keySize, value, valueSize in
          guard let context, let key else { return .YES }
          context.assumingMemoryBound(to: HeaderScan.self).pointee
            .take(key: Span(start: key, count: keySize), value: Span(start: value, count: value == nil ? 0 : valueSize))
          return .YES
        }, pointer)
    }
    if let method { scan.finish(connection, head: UnsafeRawPointer(method), isOld: version[7] == 0x30) }
    return scan
  }

  private mutating func finish(_ connection: OpaquePointer, head: UnsafeRawPointer, isOld: Bool) {
    let count = hub_mhd_head_bytes(connection)
    let end = head + count
    if host == nil, !isOld { fault = Self.noHost }
    self.end = end
    if hasCookies { fields += Int(MHD_get_connection_values(connection, .COOKIE_KIND, nil, nil)) }
    headBytes = count
    if line.map({ $0 + 2 }) != end { fault = Self.brokenLines }
    // Each CR before an LF is a NUL by now: one that is left stands alone.
    if memchr(head, 0x0d, count) != nil { fault = "the head has a CR without LF" }
    if isChunked, contentLength != nil { fault = "both Content-Length and Transfer-Encoding were sent" }
  }

  /// What is wrong without a `Host`.
  static let noHost = "Host is missing"
  private static let brokenLines = "the head has a folded line, an LF without CR, or a NUL"

  /// Whether the trailers behind a chunked body, which began at `start`, are lines of RFC 9112 too.
  static func trailersAreWhole(_ connection: OpaquePointer, from start: UnsafeRawPointer) -> Bool {
    var line: UnsafeRawPointer? = start
    withUnsafeMutablePointer(to: &line) { pointer in
      _ = MHD_get_connection_values_n(
        connection, .FOOTER_KIND,
        { context, _, key, keySize, value, valueSize in
          guard let context, let key else { return .YES }
          let line = context.assumingMemoryBound(to: UnsafeRawPointer?.self)
          let isNext = line.pointee == UnsafeRawPointer(key)
          line.pointee = isNext ? value.map { UnsafeRawPointer($0) + valueSize + 2 } : nil
          return .YES
        }, pointer)
    }
    // The empty line at the end: both of its bytes were replaced.
    guard let line else { return false }
    return line.load(as: UInt8.self) == 0 && line.load(fromByteOffset: 1, as: UInt8.self) == 0
  }

  private mutating func take(key: Span, value: Span) {
    // The library leaves `Content-Length ` (with a space) alone, and a proxy may not: they would disagree on the body.
    for byte in key where byte <= 0x20 || byte >= 0x7f { fault = "a header's name has a byte that it may not" }
    if key.isEmpty { fault = "a header has no name" }
    fields += 1
    if key.baseAddress != line { fault = Self.brokenLines }
    line = value.baseAddress.map { $0 + value.count + 2 }
    switch key.count {
    case 4: if matches(key, "host") { host = once(value, 0, "Host") }
    case 6:
      if matches(key, "origin") { origin = once(value, 1, "Origin") }
      if matches(key, "cookie"), !hasCookies { (hasCookies, cookieBytes) = (true, value.count + 1) }
    case 7: if matches(key, "upgrade") { wantsUpgrade = true }
    case 8: if matches(key, "if-match") { _ = once(value, 9, "If-Match") }
    case 12:
      if matches(key, "x-request-id"), requestID == nil, RequestIDs.isValid(value) { requestID = value }
      if matches(key, "content-type") { _ = once(value, 2, "Content-Type") }
    case 13:
      if matches(key, "authorization") { authorization = once(value, 3, "Authorization") }
      if matches(key, "last-event-id") { _ = once(value, 4, "Last-Event-ID") }
    case 14: if matches(key, "content-length") { takeLength(value) }
    case 15: if matches(key, "idempotency-key") { _ = once(value, 5, "Idempotency-Key") }
    case 17:
      if matches(key, "transfer-encoding") { takeEncoding(value) }
      if matches(key, "sec-websocket-key") { _ = once(value, 6, "Sec-WebSocket-Key") }
    case 21: if matches(key, "sec-websocket-version") { _ = once(value, 7, "Sec-WebSocket-Version") }
    case 29: if matches(key, "access-control-request-method") { _ = once(value, 8, "Access-Control-Request-Method") }
    default: break
    }
  }

  /// Takes the value of a header that has one and decides something here. Of two of them nobody knows which counts, and who
  /// stands before the hub may have taken the other one: such a request is refused whole.
  ///
  /// Not so taken: lists, whose lines are one (`X-Forwarded-For`, `Cookie`, `Sec-WebSocket-Protocol`, …), and
  /// `X-Request-Id`, which proxies add beside the client's and which names lines of the log, no more.
  private mutating func once(_ value: Span, _ number: UInt16, _ name: StaticString) -> Span {
    let bit = UInt16(1) << number
    if seen & bit != 0 { fault = "\(name) was sent twice" }
    seen |= bit
    return value
  }

  private mutating func takeLength(_ value: Span) {
    if contentLength != nil { fault = "Content-Length was sent twice" }
    var length: UInt64 = 0
    for digit in value {
      guard (0x30...0x39).contains(digit) else {
        fault = "Content-Length is not a number"
        return
      }
      let (tenfold, tooMuch) = length.multipliedReportingOverflow(by: 10)
      let (sum, over) = tenfold.addingReportingOverflow(UInt64(digit &- 0x30))
      // More than there can be of anything: the digits that follow do not make it less.
      length = tooMuch || over ? .max : sum
    }
    if value.isEmpty { fault = "Content-Length is empty" }
    contentLength = length
  }

  private mutating func takeEncoding(_ value: Span) {
    if isChunked { fault = "Transfer-Encoding was sent twice" }
    if !matches(value, "chunked") { fault = "Transfer-Encoding is not chunked" }
    isChunked = true
  }

  /// Whether `bytes` is `lowercased` without regard to ASCII case.
  private func matches(_ bytes: Span, _ lowercased: StaticString) -> Bool {
    guard bytes.count == lowercased.utf8CodeUnitCount else { return false }
    let wanted = lowercased.utf8Start
    for index in 0..<bytes.count where bytes[index] | 0x20 != wanted[index] { return false }
    return true
  }
}
