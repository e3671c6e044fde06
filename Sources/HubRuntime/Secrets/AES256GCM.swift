import CCrypto

/// AES-256 in Galois/counter mode, from OpenSSL's libcrypto: what is sealed can be neither read nor changed without the
/// key, nor opened beside other `associated` bytes than those it was sealed with.
enum AES256GCM {
  static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16
  /// The most that is sealed or opened at once, in bytes.
  static let limitBytes = 1 << 20

  /// The ciphertext and its tag. The pair of key and nonce must never come twice. Nil if libcrypto fails, which it does
  /// only without memory.
  static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8]? {
    precondition(key.count == keyBytes && nonce.count == nonceBytes, "a key or nonce of another size")
    guard plain.count <= limitBytes, associated.count <= limitBytes, let context = EVP_CIPHER_CTX_new() else {
      return nil
    }
    defer { EVP_CIPHER_CTX_free(context) }
    var length: Int32 = 0
    var box = [UInt8](repeating: 0, count: plain.count)
    var tag = [UInt8](repeating: 0, count: tagBytes)
    guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_EncryptUpdate(context, nil, &length, associated, Int32(associated.count)) == 1,
      EVP_EncryptUpdate(context, &box, &length, plain, Int32(plain.count)) == 1, Int(length) == plain.count,
      EVP_EncryptFinal_ex(context, &tag, &length) == 1,
      EVP_CIPHER_CTX_ctrl(context, Int32(HUB_GCM_GET_TAG), Int32(tagBytes), &tag) == 1
    else { return nil }
    return box + tag
  }

  /// What was sealed; nil if one bit of it, of the nonce or of `associated` is another, or the key is.
  static func open(_ box: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8]? {
    precondition(key.count == keyBytes, "a key of another size")
    guard nonce.count == nonceBytes, box.count >= tagBytes, box.count <= limitBytes + tagBytes,
      associated.count <= limitBytes, let context = EVP_CIPHER_CTX_new()
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    let sealed = Array(box.dropLast(tagBytes))
    var tag = Array(box.suffix(tagBytes))
    var length: Int32 = 0
    var plain = [UInt8](repeating: 0, count: sealed.count)
    var rest = [UInt8](repeating: 0, count: tagBytes)
    guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_DecryptUpdate(context, nil, &length, associated, Int32(associated.count)) == 1,
      EVP_DecryptUpdate(context, &plain, &length, sealed, Int32(sealed.count)) == 1, Int(length) == sealed.count,
      EVP_CIPHER_CTX_ctrl(context, Int32(HUB_GCM_SET_TAG), Int32(tagBytes), &tag) == 1,
      EVP_DecryptFinal_ex(context, &rest, &length) == 1
    else { return nil }
    return plain
  }

  /// A nonce of chance; nil if the system has none to give.
  static func nonce() -> [UInt8]? {
    var nonce = [UInt8](repeating: 0, count: nonceBytes)
    return RAND_bytes(&nonce, Int32(nonceBytes)) == 1 ? nonce : nil
  }
}
