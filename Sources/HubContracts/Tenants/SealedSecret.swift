public import Orders

/// A secret as it is stored: encrypted, and bound to the place it stands in.
public struct SealedSecret: Sendable, Equatable {
  /// Which key it is sealed under: 16 hex digits, which tell nothing of the key.
  public var keyID: Text
  /// 12 bytes of chance, another with each seal.
  public var nonce: [UInt8]
  /// The ciphertext, then 16 bytes that prove it.
  public var box: [UInt8]

  /// Names the parts.
  public init(keyID: Text, nonce: [UInt8], box: [UInt8]) {
    self.keyID = keyID
    self.nonce = nonce
    self.box = box
  }
}
