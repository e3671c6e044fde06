import Foundation
import HubContracts
import HubWire
import Orders

/// The first part of a token, read before anything is believed.
struct TokenHeader {
  /// What the token says it is signed with.
  let algorithm: Text

  /// Reads it. Throws `malformed` unless the token is three parts of base64url and the first an object that this hub
  /// understands, `wrongAlgorithm` if it names none.
  init(of token: String) throws(TokenRefusal) {
    let bytes = token.utf8
    guard bytes.count <= JWTTokens.tokenLimitBytes, bytes.allSatisfy(Self.isAllowed) else { throw .malformed }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // The third is empty where nothing is signed, which is the algorithm's fault, not the form's.
    guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else { throw .malformed }
    guard let header = Self.object(parts[0]) else { throw .malformed }
    guard header["crit"] ?? .null == .null, try Self.text(header["typ"])?.isWord("JWT") ?? true else {
      throw .malformed
    }
    guard let algorithm = try Self.text(header["alg"]) else { throw .wrongAlgorithm }
    self.algorithm = algorithm
  }

  /// The JSON object of a part; nil if it is none.
  static func object(_ part: some Collection<UInt8>) -> JSON? {
    guard let data = decode(part), let json = try? JSONParser.parse(Array(data)), case .object = json else {
      return nil
    }
    return json
  }

  /// A text, or nothing; anything else is no header.
  private static func text(_ value: JSON?) throws(TokenRefusal) -> Text? {
    switch value {
    case .string(let text): return text
    case .null, nil: return nil
    case .bool, .number, .array, .object: throw .malformed
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2e: true
    default: false
    }
  }

  /// The bytes of base64url without padding.
  static func decode(_ part: some Collection<UInt8>) -> Data? {
    var text = part.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return Data(base64Encoded: Data(text))
  }
}
