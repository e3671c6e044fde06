public import HubContracts
public import Orders

extension OrderChanges {
  /// `"changed":[…],"staffChanged":[…]`, the second only where there is something.
  func write(to json: inout JSONWriter) {
    json.member("changed", shown) { $0.string($1) }
    if !staffs.isEmpty { json.member("staffChanged", staffs) { $0.string($1) } }
  }
}

extension RecordedEvent {
  /// Which members of the order this event says that an edit has changed: those that all see, and those of the staff. Empty
  /// for any other event, and for one that a newer version writes otherwise.
  ///
  /// Read from the beginning of the envelope, however large the order in it is.
  public var changedMembers: (shown: [Text], staffs: [Text]) {
    let head = envelope.prefix(Self.headLimitBytes)
    // No text holds it: a quotation mark in one is written with a backslash before it.
    guard let start = head.firstRange(of: Self.marker)?.upperBound else { return ([], []) }
    let (shown, end) = Self.words(head[start...])
    let rest = head[end...]
    guard rest.starts(with: Self.staffsMarker) else { return (shown, []) }
    return (shown, Self.words(rest.dropFirst(Self.staffsMarker.count)).words)
  }

  /// What stands before the changes is a few names; these are fewer than twenty words.
  private static let headLimitBytes = 4_096
  private static let marker = Array(#""data":{"changed":"#.utf8)
  private static let staffsMarker = Array(#","staffChanged":"#.utf8)

  /// A list of words and where it ends; none if there is no such list.
  private static func words(_ bytes: ArraySlice<UInt8>) -> (words: [Text], end: Int) {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return ([], bytes.startIndex) }
    let list = try? JSONParser.parse(Array(bytes[bytes.startIndex...end]))
    guard case .array(let values)? = list else { return ([], bytes.startIndex) }
    return (values.compactMap { if case .string(let word) = $0 { word } else { nil } }, end + 1)
  }
}
