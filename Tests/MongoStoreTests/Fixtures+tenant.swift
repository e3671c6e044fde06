import HubContracts
import Orders

extension Fixtures {
  /// Settings at a revision, with so many secrets under a key.
  static func settings(
    tenant: TenantID = tenant, version: Int64 = 1, revision: Int64 = 1, json: String = #"{"currency":"INR"}"#,
    secrets: Int = 0, keyID: Text = "00000000000000aa"
  ) -> TenantRecord {
    TenantRecord(
      tenant: tenant, version: version, revision: revision, settings: Array(json.utf8),
      secrets: (0..<secrets).map { index in
        TenantSecret(
          path: "carriers.c\(index).secret",
          sealed: SealedSecret(
            keyID: keyID, nonce: Array(repeating: UInt8(index), count: 12), box: [0, 255, UInt8(index)]))
      }, updatedAt: time(), updatedBy: by)
  }
}
