extension Settings {
  /// How many old keys may be listed.
  static let oldKeysLimit = 16

  /// What is wrong with a key is said without the key.
  static func secrets(_ values: inout SettingValues) -> Secrets {
    var key: SecretKey?
    if values.isGiven(.secretsKey) {
      key = SecretKey(values.text(.secretsKey))
      if key == nil { values.refuse(.secretsKey, "allowed are \(SecretKey.allowed)") }
    }
    let texts = values.text(.secretsKeysOld).utf8.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }
    let old = texts.prefix(oldKeysLimit).compactMap { SecretKey(String(decoding: $0, as: UTF8.self)) }
    if old.count < texts.count {
      values.refuse(
        .secretsKeysOld, "allowed are up to \(oldKeysLimit) keys between commas or spaces, each \(SecretKey.allowed)")
    }
    return Secrets(key: key, oldKeys: old)
  }
}
