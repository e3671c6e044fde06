/// Well-formed UTF-8, as the Unicode standard's table 3-7 has it.
enum UTF8Check {
  /// How many bytes the sequence at `position` has; nil if it is ill-formed (overlong, a surrogate, past U+10FFFF).
  static func sequenceCount(in bytes: UnsafeRawBufferPointer, at position: Int) -> Int? {
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xbf) -> Bool {
      position + offset < bytes.count && range.contains(bytes[position + offset])
    }
    switch bytes[position] {
    case 0..<0x80: return 1
    case 0xc2...0xdf: return continues(1) ? 2 : nil
    case 0xe0: return continues(1, 0xa0...0xbf) && continues(2) ? 3 : nil
    case 0xed: return continues(1, 0x80...0x9f) && continues(2) ? 3 : nil
    case 0xe1...0xef: return continues(1) && continues(2) ? 3 : nil
    case 0xf0: return continues(1, 0x90...0xbf) && continues(2) && continues(3) ? 4 : nil
    case 0xf1...0xf3: return continues(1) && continues(2) && continues(3) ? 4 : nil
    case 0xf4: return continues(1, 0x80...0x8f) && continues(2) && continues(3) ? 4 : nil
    default: return nil
    }
  }
}
