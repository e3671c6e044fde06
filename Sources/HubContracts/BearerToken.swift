public import Orders

/// The one reader of `Authorization`, for both ports and for what is answered at hand: `Bearer`, in letters of any case, at
/// least one space, and the token (RFC 6750 §2.1, RFC 9110 §11.4). Blanks around all of it are none of it.
///
/// What stands behind the scheme is the token whatever it is: whoever checks it says what is wrong with it.
public enum BearerToken {
  private static let scheme: StaticString = "bearer"

  /// Where the token stands in the value; nil if there is none, or the scheme is another one. Allocates nothing.
  public static func find(in value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var (start, end) = (0, value.count)
    while start < end, isBlank(value[start]) { start += 1 }
    while end > start, isBlank(value[end - 1]) { end -= 1 }
    let size = scheme.utf8CodeUnitCount
    guard end - start > size else { return nil }
    for index in 0..<size where lowercased(value[start + index]) != scheme.utf8Start[index] { return nil }
    start += size
    guard value[start] == 0x20 else { return nil }
    // The last byte is no blank, so this ends before it.
    while value[start] == 0x20 { start += 1 }
    return UnsafeRawBufferPointer(rebasing: value[start..<end])
  }

  /// The same as a text.
  public static func read(_ value: Text) -> Text? {
    value.withBytes { bytes in find(in: bytes).map { Text(decoding: $0) } }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
}

extension HTTPRequest {
  /// The token in `Authorization`; nil if there is no such header or it is of another scheme.
  public var bearerToken: Text? { header("Authorization").flatMap { BearerToken.read($0) } }
}
