import Foundation
import HubRuntime

/// A token of any header and claims, signed with HMAC-SHA-256 whatever the header says.
enum HandMadeToken {
  static func make(header: String, payload: String, secret: String) -> String {
    let signed = text(Array(header.utf8)) + "." + text(Array(payload.utf8))
    return signed + "." + text(hmac(Array(signed.utf8), key: Array(secret.utf8)))
  }

  private static func text(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  /// RFC 2104.
  private static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var block = key.count > 64 ? Digest.sha256(key) : key
    block += [UInt8](repeating: 0, count: 64 - block.count)
    return Digest.sha256(block.map { $0 ^ 0x5c } + Digest.sha256(block.map { $0 ^ 0x36 } + message))
  }
}
