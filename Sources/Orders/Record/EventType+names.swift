extension EventType {
  /// The most bytes of a name.
  public static let nameLimitBytes = 128

  /// Whether bytes may name a type, one that this version does not know too: 1 to 128 printable ASCII characters without
  /// blanks, `"` and `\`, so that the name stands everywhere as it is; and not what the hub or a protocol says itself.
  ///
  /// An event of a name that is none is not passed on, listed or streamed: it is left out, and logged.
  public static func isName(_ bytes: some Collection<UInt8>) -> Bool {
    guard (1...nameLimitBytes).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7e).contains($0) }),
      !bytes.contains(UInt8(ascii: "\"")), !bytes.contains(UInt8(ascii: "\\")), !bytes.starts(with: hubsOwn.utf8)
    else { return false }
    // None of the others has a colon, and nearly all types have one.
    return bytes.contains(UInt8(ascii: ":")) || !reserved.contains { $0.utf8.elementsEqual(bytes) }
  }

  /// How the names begin of what the hub itself says to live clients.
  private static let hubsOwn: Text = "hub:"

  /// What live clients take for something else than an event.
  private static let reserved: [Text] = [
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "error", "pong",
    "resync", "recovered", "subscribed", "unsubscribed",
  ]

  /// Whether it is one of those that are written here, whose data this version knows.
  public var isKnown: Bool { Self.known.contains(self) }

  private static let known = Set(allCases)
}
