public import Orders

/// What a member of a tenant's settings may be. From one table come the check of what is sent, the description and the
/// paths of secrets.
public indirect enum TenantValue: Sendable {
  /// The name of a workflow that there is.
  case workflow
  /// The IANA name of a time zone: `Asia/Kolkata`.
  case timeZone
  /// The code of a currency whose decimals are known: `INR`.
  case currency
  /// A text for people, of at most so many characters; with line feeds or without.
  case text(limit: Int, isLong: Bool = false)
  /// A text that programs use.
  case form(TenantForm)
  /// One of some words.
  case word([String])
  /// true or false.
  case flag
  /// A whole number.
  case whole(ClosedRange<Int64>)
  /// A number from 0, with at most 6 decimals.
  case decimal
  /// A text that is sealed and never given back: 1 to `SecretBox.limitBytes` bytes.
  case secret
  /// These members, and no others.
  case group([TenantMember])
  /// Values of one kind under names of the tenant's own choice, at most so many; see `TenantForm.name`.
  case named(limit: Int, TenantValue)
  /// At most so many values of one kind, none of them secret.
  case list(limit: Int, TenantValue)
}

/// A member of a tenant's settings.
public struct TenantMember: Sendable {
  /// Its name on the wire.
  public let name: String
  /// What it may be.
  public let value: TenantValue
  /// What it means, for the description.
  public let meaning: String

  init(_ name: String, _ value: TenantValue, _ meaning: String) {
    self.name = name
    self.value = value
    self.meaning = meaning
  }
}

/// Texts of settings that programs use.
public enum TenantForm: Sendable, CaseIterable {
  case email, url, host, color, clock, account, name

  /// What is allowed, for a message.
  public var allowed: String {
    switch self {
    case .email: "an address such as shop@example.com was expected"
    case .url: "an address that begins with https:// was expected, of at most 500 printable ASCII characters"
    case .host: "a host's name or address was expected, of at most 253 letters, digits, dots, hyphens and colons"
    case .color: "a colour such as #1f6feb was expected"
    case .clock: "a time of day from 00:00 to 24:00 was expected"
    case .account: "1 to 200 printable ASCII characters without blanks were expected"
    case .name: "1 to 64 letters, digits, _ : - were expected, the first a letter or digit"
    }
  }

  /// The same as a regular expression, for the description.
  public var pattern: String {
    switch self {
    case .email: "^[!-?A-~]{1,64}@[!-?A-~]{1,189}$"
    case .url: "^https://[!-~]{1,492}$"
    case .host: "^[A-Za-z0-9.:-]{1,253}$"
    case .color: "^#[0-9a-fA-F]{6}$"
    case .clock: "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
    case .account: "^[!-~]{1,200}$"
    case .name: "^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$"
    }
  }

  /// Whether a text is one.
  public func allows(_ text: Text) -> Bool {
    let bytes = Array(text.utf8.prefix(501))
    guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return false }
    switch self {
    case .email:
      let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
      return parts.count == 2 && (1...64).contains(parts[0].count) && (1...189).contains(parts[1].count)
    case .url: return bytes.count <= 500 && text.hasPrefix("https://") && bytes.count > 8
    case .host:
      return (1...253).contains(bytes.count) && bytes.allSatisfy { Self.isWordByte($0) || ".:-".utf8.contains($0) }
    case .color:
      return bytes.count == 7 && bytes[0] == UInt8(ascii: "#") && bytes.dropFirst().allSatisfy(Self.isHexDigit)
    case .clock: return Self.isClock(bytes)
    case .account: return (1...200).contains(bytes.count)
    case .name:
      guard (1...64).contains(bytes.count), Self.isWordByte(bytes[0]) else { return false }
      return bytes.allSatisfy { Self.isWordByte($0) || "_:-".utf8.contains($0) }
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// `hh:mm`, to 24:00.
  private static func isClock(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return false }
    let digits = [0, 1, 3, 4].map { Int(bytes[$0]) - 0x30 }
    guard digits.allSatisfy({ (0...9).contains($0) }) else { return false }
    let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    return hours < 24 && minutes < 60 || hours == 24 && minutes == 0
  }
}
