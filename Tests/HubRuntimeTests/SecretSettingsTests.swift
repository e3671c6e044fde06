import HubContracts
import Orders
import Testing

@testable import HubRuntime

/// The keys of secrets among the settings: read in both spellings, and shown in none.
@Suite struct SecretSettingsTests {
  private static let hex = String(repeating: "0a", count: 32)
  private static let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8="

  private func read(_ environment: [String: String]) throws -> Settings {
    try Settings(environment: environment, dotEnv: nil, needsSecret: false)
  }

  private func problems(_ environment: [String: String]) -> [String] {
    let error = #expect(throws: SettingsError.self) { try read(environment) }
    return error?.problems ?? []
  }

  @Test func theKeysAreReadAndSealAndOpen() throws {
    let tenant = try #require(TenantID("shop-1"))
    let before = try read(["SECRETS_KEY": Self.hex]).secrets
    #expect(before.key == SecretKey(Self.hex) && before.oldKeys.isEmpty)
    let sealed = try before.box.seal("a secret", of: tenant, at: "smtp.password")
    let after = try read(["SECRETS_KEY": Self.base64, "SECRETS_KEYS_OLD": " \(Self.hex), \(Self.base64) "]).secrets
    #expect(after.key == SecretKey(Self.base64) && after.oldKeys.count == 2)
    #expect(try after.box.open(sealed, of: tenant, at: "smtp.password") == "a secret")
    #expect(try read([:]).secrets.key == nil)
  }

  @Test func aKeyThatIsNoneIsRefusedAndNotShown() {
    #expect(
      problems(["SECRETS_KEY": "hidden"])
        == ["SECRETS_KEY=***: allowed are 32 bytes, as 64 hex digits or in Base64: openssl rand -hex 32"])
    for old in ["hidden", "\(Self.hex),hidden", Array(repeating: Self.hex, count: 17).joined(separator: ",")] {
      let told = problems(["SECRETS_KEYS_OLD": old])
      #expect(told.count == 1 && told[0].hasPrefix("SECRETS_KEYS_OLD=***: allowed are up to 16 keys"), "\(told)")
    }
  }

  @Test func noKeyIsShown() throws {
    let settings = try read(["SECRETS_KEY": Self.hex, "SECRETS_KEYS_OLD": Self.base64])
    let shown = settings.shown.map { "\($0.key)=\($0.value)" }
    #expect(shown.contains("SECRETS_KEY=***") && shown.contains("SECRETS_KEYS_OLD=***"))
    for text in ["\(settings.secrets)", String(reflecting: settings.secrets), "\(shown)"] {
      #expect(!text.contains(Self.hex) && !text.contains(Self.base64) && !text.contains("10, 10, 10"), "\(text)")
    }
  }
}
