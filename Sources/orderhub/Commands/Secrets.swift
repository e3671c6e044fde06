import HubContracts
import HubRuntime
import MongoStore
import Orders
import Worker

extension Subcommand {
  static let secrets = Subcommand(
    name: "secrets", summary: "seal all tenants' secrets under the current key", usage: "rotate",
    options: [], words: ["rotate"],
    notes: """
      First give all processes the new key as SECRETS_KEY and the one before among SECRETS_KEYS_OLD, and start them anew.
      Then run this: it seals under SECRETS_KEY what is sealed under another key, while everything goes on, tenant by
      tenant; broken off, it goes on where it was. Exit status 0: all secrets are under the current key, and the old ones
      may go. Exit status 1: some are not; each is named, with the id of the key that it needs.
      """
  ) { _ in
    await withStoreAndWiring { store, wiring in
      let box = wiring.settings.secrets.box
      guard let current = box.current else {
        printError("orderhub secrets: SECRETS_KEY is not set; it needs \(SecretKey.allowed)")
        return Program.Exit.usage
      }
      let report = try await SecretRotation(store: store, box: box).run { count in
        showProgress("\(count) secrets sealed anew…")
      }
      showProgress("")
      for left in report.left { print("\(left.tenant.text)  \(left.path)  \(left.reason)") }
      print("\(report.sealed) secrets of \(report.tenants) tenants were sealed anew under \(current)")
      if report.leftCount == 0 { return Program.Exit.ok }
      printError("\(report.leftCount) secrets are left as they were")
      return Program.Exit.failure
    }
  }
}
