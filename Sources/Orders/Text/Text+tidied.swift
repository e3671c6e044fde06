/// What people cannot see in a text, and how a text from outside is kept. One rule for every text for people: names,
/// addresses, notes, reasons.
///
/// Blanks and invisible characters around it are taken off, and controls that turn the direction of writing (U+202A to
/// U+202E, U+2066 to U+2069) are taken out wherever they stand: they are pasted unseen with telephone numbers, and in a
/// list they turn what stands behind them. What then shows nothing is empty. The joiners within words and emoji stay. A
/// name that programs use, as a product's id, is not changed: where this would change it, it is refused.
extension Text {
  /// The text as it is kept.
  public var tidied: Text {
    if isTidy { return self }
    let kept = string.unicodeScalars.filter { !Self.turnsDirection($0) }
    var rest = kept[...]
    while let first = rest.first, Self.isOuterBlank(first) { rest.removeFirst() }
    while let last = rest.last, Self.isOuterBlank(last) { rest.removeLast() }
    return Text(String(String.UnicodeScalarView(rest)))
  }

  /// Whether it is as it is kept.
  public var isTidy: Bool {
    withBytes { bytes in
      guard let first = bytes.first, let last = bytes.last else { return true }
      // Letters of ASCII at both ends, and none of the lead byte that all controls of direction share.
      if (0x21..<0x7f).contains(first), (0x21..<0x7f).contains(last), !bytes.contains(0xe2) { return true }
      let scalars = string.unicodeScalars
      if let first = scalars.first, Self.isOuterBlank(first) { return false }
      if let last = scalars.last, Self.isOuterBlank(last) { return false }
      return !scalars.contains(where: Self.turnsDirection)
    }
  }

  /// Whether nothing of it is seen: blanks, controls, fillers, marks of direction.
  public var showsNothing: Bool {
    string.unicodeScalars.allSatisfy { scalar in
      if (0x21..<0x7f).contains(scalar.value) { return false }
      if scalar.value == Self.emptyBraille || scalar.properties.isWhitespace { return true }
      if scalar.properties.isDefaultIgnorableCodePoint { return true }
      switch scalar.properties.generalCategory {
      case .control, .format: return true
      default: return false
      }
    }
  }

  /// The pattern of Braille without a dot.
  private static let emptyBraille: UInt32 = 0x2800

  private static func turnsDirection(_ scalar: Unicode.Scalar) -> Bool {
    (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }

  /// What is taken off at the ends: blanks, and what is not seen unless it belongs to the character before it (joiners,
  /// variation selectors, the tags of flags).
  private static func isOuterBlank(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21..<0x7f: return false
    case 0x200c, 0x200d, 0x180b...0x180f, 0xfe00...0xfe0f, 0xe0000...0xe0fff: return false
    case emptyBraille: return true
    default: return scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
    }
  }
}
