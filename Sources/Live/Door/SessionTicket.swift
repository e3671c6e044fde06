import HubContracts
import HubRuntime
import Orders

/// What a Socket.IO client proves itself with when it comes back, at this process or another: its `pid`.
///
/// `sid.seconds.mac`: the session's public name, when it began, and an HMAC-SHA-256 over both and over whose it is. It
/// opens nothing by itself: the client's token is asked for too, and must be the same user's.
struct SessionTicket: Equatable {
  let sid: String
  let began: Timestamp

  /// For how long a session may be taken up again; its notes are kept as long.
  static let lifetimeMs: Int64 = 24 * 3_600_000
  private static let sidBytes = 15

  /// A new session.
  static func fresh(now: Timestamp) -> SessionTicket {
    var generator = SystemRandomNumberGenerator()
    let name = (0..<sidBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return SessionTicket(sid: Digest.hex(name), began: now)
  }

  init(sid: String, began: Timestamp) {
    self.sid = sid
    self.began = began
  }

  /// Reads a pid; nil if it is not this user's, was tampered with, or is too old.
  init?(_ pid: Text, of actor: Actor, key: [UInt8], now: Timestamp) {
    let parts = pid.utf8.split(separator: 0x2e, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == Self.sidBytes * 2, parts[1].count <= 12,
      let seconds = Int64(String(decoding: parts[1], as: UTF8.self)), seconds >= 0
    else { return nil }
    sid = String(decoding: parts[0], as: UTF8.self)
    began = Timestamp(millis: seconds * 1_000)
    guard now.millis - began.millis < Self.lifetimeMs, Digest.areEqual(mac(actor, key).utf8, parts[2]) else {
      return nil
    }
  }

  /// The pid for the user that the session belongs to.
  func pid(for actor: Actor, key: [UInt8]) -> String { "\(sid).\(began.millis / 1_000).\(mac(actor, key))" }

  private func mac(_ actor: Actor, _ key: [UInt8]) -> String {
    // Neither names of tenants nor of users hold a line feed, so no two sessions sign the same text.
    let text = "\(sid)\n\(began.millis / 1_000)\n\(actor.tenant.text)\n\(actor.user.text)"
    return Digest.hex(Digest.hmacSHA256(key: key, Array(text.utf8)))
  }
}
