import Foundation
import HubContracts

/// The first part of a token, read before anything is believed.
struct TokenHeader {
  /// What the token says it is signed with.
  let algorithm: String

  private struct JSON: Decodable {
    var alg: String?
    var typ: String?
    var crit: [String]?
  }

  /// Reads it. Throws `malformed` unless the token is three parts of base64url and the first an object that this hub
  /// understands, `wrongAlgorithm` if it names none.
  init(of token: String) throws(TokenRefusal) {
    let bytes = token.utf8
    guard bytes.count <= JWTTokens.tokenLimitBytes, bytes.allSatisfy(Self.isAllowed) else { throw .malformed }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // The third is empty where nothing is signed, which is the algorithm's fault, not the form's.
    guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else { throw .malformed }
    guard let data = Self.decode(parts[0]), let header = try? JSONDecoder().decode(JSON.self, from: data) else {
      throw .malformed
    }
    guard header.crit == nil, header.typ.map({ $0.lowercased() == "jwt" }) ?? true else { throw .malformed }
    guard let algorithm = header.alg else { throw .wrongAlgorithm }
    self.algorithm = algorithm
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
