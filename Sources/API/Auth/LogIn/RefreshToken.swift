import HubRuntime
import Orders

/// A refresh token: `secret.family.mac`. The secret is what the session is found by; the family stays the same from one
/// refresh to the next, so that a session has a limit of its own; the MAC over both shows that the token is the hub's
/// without asking MongoDB.
///
/// What follows a token is a function of it and the hub's key: two tabs that refresh with one token at once, at whatever
/// processes, are given the same next one, and go on as one session. Nobody can tell it without the key, and nothing but
/// its hash is kept anywhere.
///
/// A text without a right MAC, such as a token from before there were any, may still be good: MongoDB knows.
struct RefreshToken: Equatable {
  /// The whole of it.
  let text: Text
  /// What the session's limit is counted under.
  let family: Text

  private static let secretBytes = 32
  private static let familyDigits = 16
  private static let macBytes = 16

  /// The first of a new session.
  init(ids: any IdentitySource, key: [UInt8]) {
    self.init(secret: ids.token(bytes: Self.secretBytes), family: Text(ids.token(bytes: Self.familyDigits / 2)), key)
  }

  /// The one that follows `text`; `family` is nil if the hub has not signed that, and is made of it then.
  init(after text: Text, family: Text?, key: [UInt8]) {
    let made = Digest.hex(Digest.hmacSHA256(key: key, Array("refresh next\n\(text)".utf8)))
    let own = Digest.hex(Digest.hmacSHA256(key: key, Array("refresh family\n\(text)".utf8)))
    self.init(secret: made, family: family ?? Text(Substring(own.prefix(Self.familyDigits))), key)
  }

  private init(secret: String, family: Text, _ key: [UInt8]) {
    let signed: Text = "\(secret).\(family)"
    self.family = family
    text = "\(signed).\(Self.mac(signed.utf8, key))"
  }

  /// Reads one; nil if the hub has not signed it.
  init?(_ text: Text, key: [UInt8]) {
    let parts = text.utf8.split(separator: 0x2e, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].count == Self.familyDigits,
      Digest.areEqual(Self.mac(text.utf8[..<parts[1].endIndex], key).utf8, parts[2])
    else { return nil }
    self.text = text
    family = Text(decoding: parts[1])
  }

  private static func mac(_ signed: some Collection<UInt8>, _ key: [UInt8]) -> String {
    Digest.hex(Array(Digest.hmacSHA256(key: key, Array("refresh\n".utf8) + Array(signed)).prefix(macBytes)))
  }
}
