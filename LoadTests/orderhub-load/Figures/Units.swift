/// Numbers as people and programs write them, without the help of a locale.
enum Units {
  /// Reads `250us`, `20ms`, `1.5s`, `2m`; nanoseconds. Nil for anything else, and past 24 hours.
  static func nanoseconds(_ text: some StringProtocol) -> Int64? {
    let suffixes: [(String, Double)] = [("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("m", 60e9), ("s", 1e9)]
    for (suffix, factor) in suffixes where text.hasSuffix(suffix) {
      guard let number = number(text.dropLast(suffix.count)), number * factor <= 86_400e9 else { return nil }
      return Int64(number * factor)
    }
    return nil
  }

  /// Reads a number without a sign or an exponent: `20`, `0.5`, `1_000_000`, `1,000`.
  static func number(_ text: some StringProtocol) -> Double? {
    let digits = String(text.filter { $0 != "_" && $0 != "," })
    guard !digits.isEmpty, digits.count <= 15, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }),
      digits.first != ".", digits.last != "."
    else { return nil }
    return Double(digits)
  }

  /// A count: `20`, `10k`, `1m` (a million), `1_000`.
  static func count(_ text: some StringProtocol) -> Int? {
    let factor: Double = text.hasSuffix("k") ? 1e3 : text.hasSuffix("m") ? 1e6 : 1
    let digits = factor == 1 ? String(text) : String(text.dropLast())
    guard let number = number(digits), number * factor <= 1e9 else { return nil }
    return Int(exactly: number * factor)
  }

  /// With so many decimals: `12.50`.
  static func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "0" }
    var scale: Int64 = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let whole = "\(sign)\(scaled / scale)"
    if digits == 0 { return whole }
    let rest = "\(scaled % scale)"
    return "\(whole).\(String(repeating: "0", count: digits - rest.count))\(rest)"
  }

  /// With commas between the thousands: `12,345`.
  static func grouped(_ value: Int64) -> String {
    let digits = "\(value.magnitude)"
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// A latency in three digits or so: `0.085 ms`, `12.3 ms`, `1.25 s`.
  static func latency(_ ns: Int64) -> String {
    let ms = Double(ns) / 1e6
    switch ms {
    case ..<1: return decimal(ms, 3) + " ms"
    case ..<10: return decimal(ms, 2) + " ms"
    case ..<100: return decimal(ms, 1) + " ms"
    case ..<1_000: return decimal(ms, 0) + " ms"
    default: return decimal(ms / 1e3, 2) + " s"
    }
  }

  /// Something a second: `98,421/s`, `48.6/s`.
  static func rate(_ perSecond: Double) -> String {
    perSecond < 1_000 ? decimal(perSecond, 1) + "/s" : grouped(Int64(perSecond.rounded())) + "/s"
  }

  /// Memory: `85.2 MiB`.
  static func memory(_ bytes: Int64) -> String { decimal(Double(bytes) / 1_048_576, 1) + " MiB" }
}
