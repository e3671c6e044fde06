import HubContracts
import HubWire
import Orders

/// The second part of a token: what it claims. It is read by the hub's own parser, so a name stands once and a number is
/// what was written.
struct TokenPayload {
  private let claims: JSON

  /// Reads it. Throws `malformed` unless it is a JSON object in base64url.
  init(of token: String) throws(TokenRefusal) {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let claims = TokenHeader.object(parts[1]) else { throw .malformed }
    self.claims = claims
  }

  /// A claim that is a text; nil for any other.
  func text(_ name: Text) -> Text? {
    if case .string(let text) = claims[name] { text } else { nil }
  }

  /// Whether the token is for this one: `aud` is its name, or a list of names with it among them (RFC 7519 §4.1.3).
  func isFor(_ audience: Text) -> Bool {
    switch claims["aud"] {
    case .string(let name): name == audience
    case .array(let names):
      names.contains(.string(audience))
        && names.allSatisfy { name in
          if case .string = name { true } else { false }
        }
    case .null, .bool, .number, .object, nil: false
    }
  }

  /// A time; nil if there is none. Throws `badTime` for what is no number.
  func moment(_ time: TokenTime) throws(TokenRefusal) -> Timestamp? {
    switch claims[Text(time.rawValue)] {
    case nil: nil
    case .number(let text): Timestamp(millis: NumericDate.millis(text))
    case .null, .bool, .string, .array, .object: throw .badTime(time)
    }
  }
}

/// Seconds since 1970 as a JSON number, with a fraction or an exponent if need be (RFC 7519 §2).
enum NumericDate {
  /// No moment lies farther from 1970 than this, about nine million years; what does is taken for this.
  static let limitMillis: Int64 = 1 << 58
  /// An exponent past this changes nothing: a number has at most 64 bytes.
  private static let exponentLimit = 1_000

  /// The milliseconds of a number that a JSON parser has let pass, rounded down: a token never lasts longer than it says.
  static func millis(_ number: Text) -> Int64 {
    let isNegative = number.utf8.first == 0x2d
    let bytes = Array(number.utf8.dropFirst(isNegative ? 1 : 0))
    let mantissa = bytes.prefix { $0 | 0x20 != 0x65 }
    let whole = mantissa.prefix { $0 != 0x2e }
    let digits = Array(whole) + mantissa.dropFirst(whole.count + 1)
    // So many of the digits stand before the point, counted in milliseconds.
    let count = max(0, whole.count + exponent(bytes.dropFirst(mantissa.count + 1)) + 3)
    var millis: Int64 = 0
    for place in 0..<count {
      millis = millis * 10 + (place < digits.count ? Int64(digits[place]) - 0x30 : 0)
      if millis >= limitMillis { return isNegative ? -limitMillis : limitMillis }
    }
    let isRounded = digits.dropFirst(count).contains { $0 != 0x30 }
    return isNegative ? -millis - (isRounded ? 1 : 0) : millis
  }

  private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int {
    let digits = bytes.drop { $0 == 0x2b || $0 == 0x2d }
    let value = digits.reduce(0) { min($0 * 10 + Int($1) - 0x30, exponentLimit) }
    return bytes.first == 0x2d ? -value : value
  }
}
