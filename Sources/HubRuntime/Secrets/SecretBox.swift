public import HubContracts
public import Orders

/// Seals what must not be read in the database, and opens it again: AES-256-GCM under `SECRETS_KEY`.
///
/// What is sealed is bound to its tenant and its member's path: put in another place it does not open.
public struct SecretBox: Sendable {
  /// Why a secret is not sealed or opened. No message names a secret or a key.
  public enum Failure: Error, Sendable, Equatable {
    /// There is no `SECRETS_KEY`.
    case noKey
    /// It is sealed under a key that is neither `SECRETS_KEY` nor among `SECRETS_KEYS_OLD`: the key's id.
    case otherKey(Text)
    /// It was changed, or stands in another place than it was sealed for.
    case damaged
    /// libcrypto failed.
    case broken
  }

  /// What new secrets are sealed under; nil if there is none.
  public let current: SecretKey?
  private let keys: [SecretKey]

  /// Seals under `current`, and opens what is sealed under any of them.
  public init(current: SecretKey?, old: [SecretKey] = []) {
    self.current = current
    keys = [current].compactMap(\.self) + old
  }

  /// The longest secret, in bytes.
  public static let limitBytes = 4_096

  /// Seals a secret for a place.
  public func seal(_ secret: Text, of tenant: TenantID, at path: Text) throws(Failure) -> SealedSecret {
    guard let current else { throw .noKey }
    guard let nonce = AES256GCM.nonce(),
      let box = AES256GCM.seal(
        Array(secret.utf8), key: current.bytes, nonce: nonce, associated: Self.place(tenant, path))
    else { throw .broken }
    return SealedSecret(keyID: current.id, nonce: nonce, box: box)
  }

  /// What was sealed for a place.
  public func open(_ sealed: SealedSecret, of tenant: TenantID, at path: Text) throws(Failure) -> Text {
    guard let key = keys.first(where: { $0.id == sealed.keyID }) else { throw .otherKey(sealed.keyID) }
    guard
      let plain = AES256GCM.open(
        sealed.box, key: key.bytes, nonce: sealed.nonce, associated: Self.place(tenant, path)),
      let text = Text(validating: plain)
    else { throw .damaged }
    return text
  }

  /// The same secret under the current key; nil if it is under that already.
  public func resealed(_ sealed: SealedSecret, of tenant: TenantID, at path: Text) throws(Failure) -> SealedSecret? {
    guard let current else { throw .noKey }
    if sealed.keyID == current.id { return nil }
    return try seal(open(sealed, of: tenant, at: path), of: tenant, at: path)
  }

  /// Neither a tenant's name nor a path has a line's end, so no two places give the same.
  private static func place(_ tenant: TenantID, _ path: Text) -> [UInt8] {
    Array("orderhub secret 1\n\(tenant.text)\n\(path)".utf8)
  }
}
