extension Settings {
  /// The seconds of a span of time such as `30s`, `15m`, `12h` or `7d`, from 1 s to 365 d; nil for anything else.
  public static func seconds(duration text: String) -> Int64? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()),
      text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }), (1...31_536_000).contains(number),
      number * unit <= 31_536_000
    else { return nil }
    return number * unit
  }
}
