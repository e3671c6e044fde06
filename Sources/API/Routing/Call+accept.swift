import HubContracts
import Orders

extension HTTPRequest {
  /// Which of some media types its `Accept` asks for (RFC 9110 §12.5.1); of several that it likes as much the first, and the
  /// first of all if it says nothing. Nil if it takes none of them.
  ///
  /// What of the header cannot be read asks for nothing.
  func preferred(among types: [Text]) -> Int? {
    guard let header = list("Accept"), !header.trimmed.isEmpty else { return types.isEmpty ? nil : 0 }
    let ranges = header.split(on: UInt8(ascii: ",")).compactMap(MediaRange.init)
    var best: (index: Int, quality: Int)?
    for (index, type) in types.enumerated() {
      // The range that says most about a type decides, wherever it stands.
      let closest = ranges.filter { $0.fits(type) }.max { ($0.precision, $0.quality) < ($1.precision, $1.quality) }
      if let quality = closest?.quality, quality > best?.quality ?? 0 { best = (index, quality) }
    }
    return best?.index
  }
}

/// One of what an `Accept` names: `image/*;q=0.5`.
private struct MediaRange {
  let type: Text
  /// Of a thousand; 0: not this.
  let quality: Int
  /// How much it says: nothing, the kind, or the type itself.
  let precision: Int

  init?(_ text: Text) {
    let parts = text.split(on: UInt8(ascii: ";")).map(\.trimmed)
    type = parts[0].asciiLowercased
    let names = type.split(on: UInt8(ascii: "/"))
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
    precision = names[1] != "*" ? 2 : names[0] != "*" ? 1 : 0
    guard let weight = parts.dropFirst().first(where: { $0.hasPrefix("q=") || $0.hasPrefix("Q=") }) else {
      quality = 1_000
      return
    }
    guard let quality = Self.thousandths(Text(Substring(weight.utf8.dropFirst(2)))) else { return nil }
    self.quality = quality
  }

  func fits(_ other: Text) -> Bool {
    switch precision {
    case 0: type == "*/*"
    case 1: other.hasPrefix(Text(Substring(type.utf8.dropLast())))
    default: type == other
    }
  }

  /// `0.875` as 875; nil unless it is from 0 to 1 with three decimals at most.
  private static func thousandths(_ text: Text) -> Int? {
    let digits = Array(text.utf8)
    guard (1...5).contains(digits.count), digits[0] == UInt8(ascii: "0") || digits[0] == UInt8(ascii: "1"),
      digits.count == 1 || digits[1] == UInt8(ascii: "."),
      digits.dropFirst(2).allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    var value = Int(digits[0] - 0x30)
    for place in 2..<5 { value = value * 10 + (place < digits.count ? Int(digits[place] - 0x30) : 0) }
    return value <= 1_000 ? value : nil
  }
}
