import Foundation

/// The texts of all settings, judged one by one, before they become `Settings`.
struct SettingValues {
  private(set) var problems: [String] = []
  private let texts: [SettingKey: String]

  /// Takes the texts that were given; an empty one counts as none.
  init(_ texts: [SettingKey: String]) { self.texts = texts.filter { !$0.value.isEmpty } }

  /// Whether somebody gave it.
  func isGiven(_ key: SettingKey) -> Bool { texts[key] != nil }

  /// The text of a setting, or its default.
  func text(_ key: SettingKey) -> String { texts[key] ?? key.standard }

  /// A whole number within its range; 0 and a problem otherwise.
  mutating func integer(_ key: SettingKey) -> Int {
    guard case .integer(let range) = key.rule.kind else { preconditionFailure("\(key) is not an integer") }
    let text = text(key)
    guard let number = Int(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), range.contains(number) else {
      refuse(key, "allowed are \(range.lowerBound) to \(range.upperBound)")
      return 0
    }
    return number
  }

  /// A span of time in seconds.
  mutating func seconds(_ key: SettingKey) -> Int64 {
    if let seconds = Settings.seconds(duration: text(key)) { return seconds }
    refuse(key, "allowed are 1s to 365d, as in 30s, 15m, 12h, 7d")
    return 0
  }

  /// One of an enumeration's cases.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: SettingKey, _ standard: Choice) -> Choice
  where Choice.RawValue == String {
    if let choice = Choice(rawValue: text(key)) { return choice }
    refuse(key, "allowed are " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    return standard
  }

  /// A text that `isAllowed`; `allowed` says what is.
  mutating func text(_ key: SettingKey, allowed: String, isAllowed: (String) -> Bool) -> String {
    let text = text(key)
    if !isAllowed(text) { refuse(key, "allowed is \(allowed)") }
    return text
  }

  /// Web origins separated by commas.
  mutating func origins(_ key: SettingKey) -> [String] {
    let origins = text(key).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    for origin in origins where !Self.isOrigin(origin) {
      refuse(key, "\(origin) is not an origin; allowed are scheme://host[:port] separated by commas")
    }
    return origins
  }

  /// Addresses and ranges of them, separated by commas.
  mutating func addresses(_ key: SettingKey) -> [AddressRange] {
    text(key).utf8.split(separator: UInt8(ascii: ",")).compactMap { part in
      let name = String(decoding: part, as: UTF8.self).trimmingCharacters(in: .whitespaces)
      if let range = AddressRange(name.utf8) { return range }
      refuse(key, "\(name) is no address or range; allowed are such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32")
      return nil
    }
  }

  /// Notes a problem that is not one of a single text.
  mutating func refuse(_ problem: String) { problems.append(problem) }

  /// Notes what is wrong with a setting; its value stands beside it unless it is secret.
  mutating func refuse(_ key: SettingKey, _ allowed: String) {
    problems.append("\(key.rawValue)=\(key.masked(text(key))): \(allowed)")
  }

  private static func isOrigin(_ text: String) -> Bool {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.host, !host.isEmpty
    else {
      return false
    }
    return ["http", "https"].contains(scheme) && parts.path.isEmpty && parts.query == nil && parts.fragment == nil
      && parts.user == nil
  }
}

extension SettingKey {
  /// A value as it may be shown: no secret, no password within an address.
  func masked(_ text: String) -> String {
    switch self {
    case .jwtSecret, .secretsKey, .secretsKeysOld: text.isEmpty ? "" : "***"
    case .mongoURI, .redisURL: Self.withoutPassword(text)
    default: text
    }
  }

  /// `scheme://user:password@host` as `scheme://***@host`.
  private static func withoutPassword(_ text: String) -> String {
    guard let scheme = text.range(of: "://") else { return text.contains("@") ? "***" : text }
    // A password may hold an unescaped slash, so the last @ of all counts, not that of the first part.
    guard let end = text.range(of: "@", options: .backwards), end.lowerBound >= scheme.upperBound else { return text }
    return text[..<scheme.upperBound] + "***" + text[end.lowerBound...]
  }
}
