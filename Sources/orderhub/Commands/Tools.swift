import Credentials
import HubContracts
import HubRuntime
import MongoStore
import Orders
import Worker

extension Subcommand {
  static let version = Subcommand(name: "version", summary: "print the version") { _ in
    print("orderhub \(HubVersion.text)")
    return Program.Exit.ok
  }

  static let token = Subcommand(
    name: "token", summary: "make a token, and print only it", usage: "--role ROLE --tenant T --user U [--ttl 7d]",
    options: [
      Option(name: "role", value: "ROLE", summary: Role.allCases.map(\.rawValue).joined(separator: ", ")),
      Option(name: "tenant", value: "T", summary: "1 to 64 letters, digits, - or _"),
      Option(name: "user", value: "U", summary: "1 to 128 printable ASCII characters, no spaces"),
      Option(name: "ttl", value: "TIME", summary: "how long it is good: 30s, 15m, 12h, 7d (default: JWT_EXPIRES_IN)"),
    ], notes: "It is signed with JWT_SECRET."
  ) { arguments in
    do throws(UsageError) {
      let actor = try arguments.actor()
      var lifetime: Int64?
      if arguments.value("ttl") != nil {
        lifetime = try arguments.required("ttl", "a time such as 30s, 15m, 12h or 7d") {
          Settings.seconds(duration: $0)
        }
      }
      return printToken(actor, lifetime)
    } catch {
      printError("orderhub token: \(error.message)")
      return Program.Exit.usage
    }
  }

  private static func printToken(_ actor: Actor, _ lifetime: Int64?) -> Int32 {
    do {
      let settings = try Settings.read(needsSecret: true)
      for warning in settings.warnings { printError("orderhub token: \(warning)") }
      let tokens = try JWTTokens(secret: settings.tokens.secret ?? "")
      print(
        try tokens.issue(
          for: actor, now: SystemClock().now(), lifetimeSeconds: lifetime ?? settings.tokens.lifetimeSeconds))
      return Program.Exit.ok
    } catch {
      printError("\(error)")
      return Program.Exit.failure
    }
  }

  static let migrate = Subcommand(
    name: "migrate", summary: "make the database's collections, indexes and validators",
    usage: "[--search] [--phases] [--money]",
    options: [
      Option(
        name: "search", value: nil, summary: "make the search words of all orders anew that an older version wrote"),
      Option(name: "phases", value: nil, summary: "look at the phases of all orders again"),
      Option(
        name: "money", value: nil,
        summary: "have the worker look again at all orders, invoices and tallies of an older version"),
    ],
    notes: """
      Doing it again changes nothing. Every api and worker does it at start as well; the search words are the worker's. What
      this command alone does, while the hub works, is to give orders of an older version the fields "phase" and "seller"; it
      goes on where it was ended. Use --search and --phases after an older version has written to the database of this one, and --money after documents of one were put
      into it by hand, or those that the worker left were mended.
      """
  ) { arguments in
    await withStore { store in
      let made = try await store.migrate()
      for line in made { print("made \(line)") }
      print(made.isEmpty ? "everything was there already" : "\(made.count) made")
      if arguments.has("money") {
        try await store.restartMoneyWalks()
        print("the worker looks again at what older versions wrote of money")
      }
      if arguments.has("search") { print("\(try await renewSearch(store)) orders have new search words") }
      if arguments.has("phases") { try await store.restartPhases() }
      let filled = try await fillPhases(store)
      if filled > 0 { print("\(filled) orders have their phase") }
      return Program.Exit.ok
    }
  }

  /// One look at all orders; how many got new words. Beside a worker that does the same each counts its own.
  private static func renewSearch(_ store: MongoStore) async throws -> Int64 {
    try await store.restartSearchRenewal()
    defer { showProgress("") }
    var count: Int64 = 0
    while true {
      switch try await store.renewSearch(now: SystemClock().now()) {
      case .underWay(let renewed):
        count += Int64(renewed)
        showProgress("\(count) orders…")
      case .looked(let renewed): return renewed
      case .waits, .done: return count
      }
    }
  }

  /// One look at all orders, or none if the last one found nothing to do; how many got their phase.
  private static func fillPhases(_ store: MongoStore) async throws -> Int64 {
    defer { showProgress("") }
    var count: Int64 = 0
    while true {
      switch try await store.fillPhases() {
      case .underWay(let filled):
        count += Int64(filled)
        if count > 0 { showProgress("\(count) orders…") }
      case .looked(let filled): return filled
      case .done: return count
      }
    }
  }

  static let audit = Subcommand(
    name: "audit", summary: "count everything again, and say what is wrong",
    usage: "[--repair]",
    options: [
      Option(name: "repair", value: nil, summary: "count anew the counters that are wrong, and sum up stock anew")
    ],
    notes: """
      It looks at every order with its deliveries, invoices and events, at stock and its ledger, at invoice numbers and at
      counters. Counters and the sums of stock can be repaired: the ones are counted again, the others summed up from the
      ledger. Exit status 1 if anything is found.
      """
  ) { arguments in
    await withStore { store in
      let report = try await Audit(source: store).run(repair: arguments.has("repair")) { orders in
        showProgress("\(orders) orders…")
      }
      showProgress("")
      for finding in report.findings {
        print(
          "\(finding.area.padded(to: 15))  \(finding.tenant.text)  \(finding.subject)  \(finding.detail)"
            + (finding.isRepaired ? "  [repaired]" : ""))
      }
      print(
        "\(report.orders) orders and \(report.products) products of \(report.tenants) tenants: "
          + (report.findingCount == 0 ? "nothing is wrong" : "\(report.findingCount) found"))
      return report.findingCount == 0 ? Program.Exit.ok : Program.Exit.failure
    }
  }

  /// Runs a tool that needs the store and nothing else.
  static func withStore(_ work: (MongoStore) async throws -> Int32) async -> Int32 {
    await withStoreAndWiring { store, _ in try await work(store) }
  }

  /// Runs a tool that needs the store and, beside it, what else is wired.
  static func withStoreAndWiring(_ work: (MongoStore, Wiring) async throws -> Int32) async -> Int32 {
    guard let wiring = Wiring(needsSecret: false) else { return Program.Exit.failure }
    // There may be several hubs on a machine; whoever adds a user must see to which.
    printError("database: \(wiring.settings.mongo.shown)")
    if let refusal = await wiring.mongoConditions().first(where: \.refusesStart) {
      printError("nothing was done: \(refusal.line)")
      wiring.logWriter.close()
      return Program.Exit.failure
    }
    do {
      let store = try wiring.store()
      let status = try await work(store, wiring)
      await store.close()
      wiring.logWriter.close()
      return status
    } catch StoreError.unavailable(let cause) {
      printError("the database does not answer: \(cause)")
      wiring.logWriter.close()
      return Program.Exit.failure
    } catch {
      return wiring.fail("it failed", error)
    }
  }
}

extension Arguments {
  /// `--role`, `--tenant` and `--user`.
  func actor() throws(UsageError) -> Actor {
    Actor(
      tenant: try required("tenant", "1 to 64 letters, digits, - or _") { TenantID($0) },
      user: try required("user", "1 to 128 printable ASCII characters, no spaces") { UserID($0) },
      role: try required("role", "one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))") {
        Role(rawValue: $0)
      })
  }
}
