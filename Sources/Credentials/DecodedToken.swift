import CJWT
import Glibc
import Orders

/// A token that the library has read; with a key, one whose signature it has checked.
struct DecodedToken: ~Copyable {
  private let handle: OpaquePointer

  /// A claim that should be a whole number.
  enum Number: Equatable {
    case missing
    case wrong
    case number(Int64)
  }

  /// Reads `token`; nil if it cannot be read, or does not fit the key.
  init?(_ token: String, key: [UInt8]?) {
    var handle: OpaquePointer?
    let failure = key.map { jwt_decode(&handle, token, $0, Int32($0.count)) } ?? jwt_decode(&handle, token, nil, 0)
    guard failure == 0, let handle else { return nil }
    self.handle = handle
  }

  deinit { jwt_free(handle) }

  /// Whether the signature that was checked is HS256.
  var isHS256: Bool { jwt_get_alg(handle) == JWT_ALG_HS256 }

  /// A claim that is a text; nil for any other.
  func text(_ name: String) -> Text? { jwt_get_grant(handle, name).map { Text(String(cString: $0)) } }

  /// A claim that is a whole number. Read as JSON: the library's own call gives 0 for a text or a fraction.
  func integer(_ name: String) -> Number {
    guard let text = jwt_get_grants_json(handle, name) else { return .missing }
    defer { free(text) }
    return Int64(String(cString: text)).map { .number($0) } ?? .wrong
  }
}
