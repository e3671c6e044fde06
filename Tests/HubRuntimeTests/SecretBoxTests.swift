import HubContracts
import Orders
import Testing

@testable import HubRuntime

/// What is sealed opens in its place under its key, and nowhere else.
@Suite struct SecretBoxTests {
  private let tenant = TenantID("shop-1").unsafelyUnwrapped
  private let other = TenantID("shop-2").unsafelyUnwrapped
  private let keys = ["a", "b", "c"].map { SecretKey(String(repeating: $0, count: 64)).unsafelyUnwrapped }
  private let path: Text = "carriers.generic.secret"

  /// Test cases 13 and 14 of "The Galois/Counter Mode of Operation" by McGrew and Viega.
  @Test func itIsAES256GCM() throws {
    let zeros = [UInt8](repeating: 0, count: 32)
    let nonce = [UInt8](repeating: 0, count: 12)
    #expect(
      Digest.hex(try #require(AES256GCM.seal([], key: zeros, nonce: nonce, associated: [])))
        == "530f8afbc74536b9a963b4f1c4cb738b")
    let block = [UInt8](repeating: 0, count: 16)
    let sealed = try #require(AES256GCM.seal(block, key: zeros, nonce: nonce, associated: []))
    #expect(Digest.hex(sealed) == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    #expect(AES256GCM.open(sealed, key: zeros, nonce: nonce, associated: []) == block)
  }

  @Test(arguments: ["x", "whsec_ä\n-----END KEY-----", String(repeating: "k", count: 4_096)])
  func whatIsSealedOpensInItsPlaceAlone(secret: String) throws {
    let box = SecretBox(current: keys[0])
    let sealed = try box.seal(Text(secret), of: tenant, at: path)
    #expect(sealed.keyID == keys[0].id && sealed.nonce.count == 12)
    #expect(!sealed.box.starts(with: secret.utf8))
    #expect(try box.open(sealed, of: tenant, at: path) == Text(secret))
    #expect(throws: SecretBox.Failure.damaged) { try box.open(sealed, of: other, at: path) }
    #expect(throws: SecretBox.Failure.damaged) { try box.open(sealed, of: tenant, at: "carriers.generic.secre") }
    // The same again is sealed otherwise.
    let again = try box.seal(Text(secret), of: tenant, at: path)
    #expect(again.nonce != sealed.nonce && again.box != sealed.box)
  }

  @Test func aChangedBitIsSeen() throws {
    let box = SecretBox(current: keys[0])
    let sealed = try box.seal("a secret", of: tenant, at: path)
    for index in sealed.box.indices {
      var changed = sealed
      changed.box[index] ^= 1
      #expect(throws: SecretBox.Failure.damaged) { try box.open(changed, of: tenant, at: path) }
    }
    var changed = sealed
    changed.nonce[11] ^= 0x80
    #expect(throws: SecretBox.Failure.damaged) { try box.open(changed, of: tenant, at: path) }
    changed = sealed
    changed.box.removeLast()
    #expect(throws: SecretBox.Failure.damaged) { try box.open(changed, of: tenant, at: path) }
    for short in [[], [0], [UInt8](repeating: 0, count: 15)] as [[UInt8]] {
      changed.box = short
      #expect(throws: SecretBox.Failure.damaged) { try box.open(changed, of: tenant, at: path) }
      changed.nonce = short
      #expect(throws: SecretBox.Failure.damaged) { try box.open(changed, of: tenant, at: path) }
    }
    // Another key that says it is this one.
    changed = sealed
    changed.keyID = keys[1].id
    #expect(throws: SecretBox.Failure.damaged) {
      try SecretBox(current: keys[1]).open(changed, of: tenant, at: path)
    }
  }

  @Test func anOldKeyOpensAndANewOneSeals() throws {
    let old = try SecretBox(current: keys[0]).seal("a secret", of: tenant, at: path)
    let box = SecretBox(current: keys[1], old: [keys[2], keys[0]])
    #expect(try box.open(old, of: tenant, at: path) == "a secret")
    let new = try #require(try box.resealed(old, of: tenant, at: path))
    #expect(new.keyID == keys[1].id)
    #expect(try SecretBox(current: keys[1]).open(new, of: tenant, at: path) == "a secret")
    #expect(try box.resealed(new, of: tenant, at: path) == nil)
    #expect(throws: SecretBox.Failure.otherKey(keys[0].id)) {
      try SecretBox(current: keys[1]).open(old, of: tenant, at: path)
    }
    #expect(throws: SecretBox.Failure.noKey) { try SecretBox(current: nil).seal("x", of: tenant, at: path) }
    #expect(throws: SecretBox.Failure.noKey) { try SecretBox(current: nil).resealed(old, of: tenant, at: path) }
  }

  @Test func aKeyIs32BytesInOneOfItsSpellings() throws {
    let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
    let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8="
    let key = try #require(SecretKey(hex))
    #expect(key.bytes == Array(UInt8(0)...30) + [255])
    for spelling in [hex.uppercased(), base64, String(base64.dropLast()), base64.replacing("/", with: "_")] {
      #expect(SecretKey(spelling) == key, "\(spelling)")
    }
    for wrong in [
      "", "short", String(hex.dropLast()), hex + "0", String(hex.dropLast()) + "g", base64 + "=", " " + base64,
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv9=", String(base64.dropLast(2)), String(repeating: "ä", count: 32),
    ] { #expect(SecretKey(wrong) == nil, "\(wrong)") }
    #expect("\(key) \(String(reflecting: key))" == "key \(key.id) key \(key.id)")
    #expect(key.id.utf8.count == 16 && !hex.contains(key.id.string))
  }
}
