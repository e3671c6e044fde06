import CMicrohttpd

/// What the server itself wants to know of a request's headers, found in one pass without copying.
///
/// The pointers live as long as the request's head does in the library.
struct HeaderScan {
  /// Where a value stands.
  typealias Span = UnsafeRawBufferPointer

  /// The first `Authorization`.
  private(set) var authorization: Span?
  /// The first `X-Request-Id`, if it may be used.
  private(set) var requestID: Span?
  /// Whether there is an `Origin`.
  private(set) var hasOrigin = false
  /// What `Content-Length` says.
  private(set) var contentLength: UInt64?
  /// Whether the body comes in chunks.
  private(set) var isChunked = false
  /// Whether there is an `Upgrade`.
  private(set) var wantsUpgrade = false
  /// What is wrong with the framing, if anything.
  private(set) var fault: String?

  private var hasHost = false

  /// Whether a body follows.
  var announcesBody: Bool { isChunked || (contentLength ?? 0) > 0 }

  /// Reads the headers of a request.
  static func read(_ connection: OpaquePointer) -> HeaderScan {
    var scan = HeaderScan()
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
    if scan.isChunked, scan.contentLength != nil {
      scan.fault = "both Content-Length and Transfer-Encoding were sent"
    }
    return scan
  }

  private mutating func take(key: Span, value: Span) {
    // The library leaves `Content-Length ` (with a space) alone, and a proxy may not: they would disagree on the body.
    for byte in key where byte <= 0x20 || byte >= 0x7f { fault = "a header's name has a byte that it may not" }
    switch key.count {
    case 4:
      guard matches(key, "host") else { return }
      if hasHost { fault = "Host was sent twice" }
      hasHost = true
    case 6: if matches(key, "origin") { hasOrigin = true }
    case 7: if matches(key, "upgrade") { wantsUpgrade = true }
    case 12: if matches(key, "x-request-id"), requestID == nil, RequestIDs.isValid(value) { requestID = value }
    case 13: if matches(key, "authorization"), authorization == nil { authorization = value }
    case 14: if matches(key, "content-length") { takeLength(value) }
    case 17: if matches(key, "transfer-encoding") { takeEncoding(value) }
    default: break
    }
  }

  private mutating func takeLength(_ value: Span) {
    if contentLength != nil { fault = "Content-Length was sent twice" }
    var length: UInt64 = 0
    for digit in value {
      let (tenfold, tooMuch) = length.multipliedReportingOverflow(by: 10)
      let (sum, over) = tenfold.addingReportingOverflow(UInt64(digit &- 0x30))
      guard (0x30...0x39).contains(digit), !tooMuch, !over else {
        fault = "Content-Length is not a number"
        return
      }
      length = sum
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
