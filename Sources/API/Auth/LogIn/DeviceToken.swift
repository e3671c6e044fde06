import HubContracts
import HubRuntime
import Orders

/// What a device is given when somebody has logged in on it: it shows that it did so when it logs in again, and then the
/// guesses of others do not count against it. It opens nothing; the password is asked for all the same.
///
/// `name.seconds.mac`: a random name that stays the device's for as long as it comes back in time, when it was given out,
/// and an HMAC-SHA-256 over both and over whose it is. These are the device cookies of OWASP's "Slow Down Online
/// Guessing Attacks with Device Cookies".
struct DeviceToken: Equatable {
  /// What the device's own limit is counted under.
  let name: Text
  private let seconds: Int64

  /// How long a device is known after its last log-in: 180 days.
  static let lifetimeSeconds: Int64 = 180 * 86_400
  /// The longest that is looked at, in bytes.
  static let limitBytes = 256
  /// The cookie that a browser keeps it in.
  static let cookie = "orderhub-device"
  private static let nameDigits = 32

  /// A device that logs in for the first time, or again as `name`.
  init(name: Text, now: Timestamp) {
    self.name = name
    seconds = now.millis / 1_000
  }

  /// A name for a new device.
  static func freshName(_ ids: any IdentitySource) -> Text { Text(ids.token(bytes: nameDigits / 2)) }

  /// Reads one; nil if it is not this user's, was tampered with, or is too old.
  init?(_ text: Text, tenant: TenantID, user: UserID, key: [UInt8], now: Timestamp) {
    guard text.utf8.count <= Self.limitBytes else { return nil }
    let parts = text.utf8.split(separator: 0x2e, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == Self.nameDigits, (1...12).contains(parts[1].count),
      let seconds = Int64(String(decoding: parts[1], as: UTF8.self)), seconds >= 0
    else { return nil }
    name = Text(decoding: parts[0])
    self.seconds = seconds
    guard now.millis / 1_000 - seconds < Self.lifetimeSeconds,
      Digest.areEqual(mac(tenant, user, key).utf8, parts[2])
    else { return nil }
  }

  /// The token for the user that logged in.
  func text(tenant: TenantID, user: UserID, key: [UInt8]) -> String { "\(name).\(seconds).\(mac(tenant, user, key))" }

  private func mac(_ tenant: TenantID, _ user: UserID, _ key: [UInt8]) -> String {
    // Neither names of tenants nor of users hold a line feed, so no two devices sign the same text.
    let signed = "device\n\(name)\n\(seconds)\n\(tenant.text)\n\(user.text)"
    return Digest.hex(Digest.hmacSHA256(key: key, Array(signed.utf8)))
  }

  /// What a request's cookies hold for it.
  static func cookie(of request: HTTPRequest) -> Text? {
    // The lines of a cookie header are one: a proxy that spoke HTTP/2 may have left them apart (RFC 9113 §8.2.3).
    let lines = request.headers.lazy.filter { $0.name.isWord("Cookie") }.flatMap {
      $0.value.utf8.split(separator: 0x3b)
    }
    for part in lines.prefix(64) {
      let pair = part.drop { $0 == 0x20 }
      guard pair.starts(with: cookie.utf8), pair.dropFirst(cookie.utf8.count).first == 0x3d else { continue }
      return Text(decoding: pair.dropFirst(cookie.utf8.count + 1))
    }
    return nil
  }

  /// The header that lets a browser keep it where no script reads it. Over TLS it does not leave TLS again; what a client
  /// says of that matters to nobody else.
  static func setCookie(_ text: String, for request: HTTPRequest) -> (name: String, value: String) {
    // Each proxy adds how it was asked: the first was asked by the browser.
    let asked = request.list("X-Forwarded-Proto")?.split(on: UInt8(ascii: ",")).first
    let isSecure = asked?.trimmed.isWord("https") == true
    return (
      "Set-Cookie",
      "\(cookie)=\(text); Path=/api/auth; Max-Age=\(lifetimeSeconds); HttpOnly; SameSite=Strict"
        + (isSecure ? "; Secure" : "")
    )
  }
}
