/// Why a stored event cannot be passed on.
public enum EventFault: Sendable {
  /// Its type is no name of one; see `EventType.isName`.
  case type
  /// A member of its document is missing, or of another kind.
  case member
  /// Its envelope is larger than `RecordedEvent.unknownLimitBytes`.
  case size
  /// Its envelope is no JSON, nests too deeply, or says something else than its document.
  case envelope
}

extension EventFault {
  /// Of what there is something wrong, for the log.
  public var word: String {
    switch self {
    case .type: "type"
    case .member: "member"
    case .size: "size"
    case .envelope: "envelope"
    }
  }
}

extension RecordedEvent {
  /// How large the envelope of an event may be whose type this version does not know, in bytes.
  public static let unknownLimitBytes = 4 << 20
  /// Whether it can be passed on.
  public var isSound: Bool { fault == nil }
}
