import HubContracts
import HubRuntime
import MongoStore
import Orders
import RedisHub

extension Subcommand {
  static let tenant = Subcommand(
    name: "tenant", summary: "remove a tenant with all that it has", usage: "remove --tenant T [--yes]",
    options: [
      Option(name: "tenant", value: "T", summary: "1 to 64 letters, digits, - or _"),
      Option(name: "yes", value: nil, summary: "do it; without it, only say how much there is (exit status 2)"),
    ], words: ["remove"],
    notes: """
      Every document that carries the tenant goes from the database, its users and sessions too, and its events and sums
      from Redis. Nothing brings them back. The tenant's clients must be idle: what is written meanwhile may stay. Copies
      of its lists and sums in running processes go within minutes, what Redis keeps of single orders within the hour.
      A removal that broke off is ended by another one.
      """
  ) { arguments in
    do throws(UsageError) {
      let tenant = try arguments.required("tenant", "1 to 64 letters, digits, - or _") { TenantID($0) }
      let isMeant = arguments.has("yes")
      return await withStoreAndWiring { store, wiring in
        isMeant ? try await remove(tenant, store, wiring) : try await refuse(tenant, store)
      }
    } catch {
      printError("orderhub tenant: \(error.message)")
      return Program.Exit.usage
    }
  }

  /// Says what would be removed.
  private static func refuse(_ tenant: TenantID, _ store: MongoStore) async throws -> Int32 {
    let parts = try await store.contents(of: tenant)
    if parts.isEmpty {
      print("nothing there: \(tenant.text) has no documents")
      return Program.Exit.ok
    }
    printTable(parts)
    printError("\(total(parts)) documents of \(tenant.text) would be removed for ever: say --yes to do it")
    return Program.Exit.usage
  }

  private static func remove(_ tenant: TenantID, _ store: MongoStore, _ wiring: Wiring) async throws -> Int32 {
    let parts = try await store.remove(tenant) { count in
      showProgress("\(count) documents removed…")
    }
    showProgress("")
    printTable(parts)
    do throws(CacheUnavailable) {
      let keys = try await forget(tenant, wiring)
      print(
        parts.isEmpty && keys == 0
          ? "nothing there: \(tenant.text) has no documents"
          : "removed \(total(parts)) documents of \(tenant.text), and \(keys) keys in Redis")
      return Program.Exit.ok
    } catch {
      print("removed \(total(parts)) documents of \(tenant.text)")
      printError("its events and sums in Redis stay, for Redis does not answer: \(error.reason); run this again")
      return Program.Exit.failure
    }
  }

  private static func forget(_ tenant: TenantID, _ wiring: Wiring) async throws(CacheUnavailable) -> Int {
    let cache = wiring.cache()
    cache.start()
    let deadline = monotonicMicros() + redisPatienceMicros
    while !cache.isUp, monotonicMicros() < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    let outcome: Result<Int, CacheUnavailable>
    do throws(CacheUnavailable) {
      outcome = .success(try await cache.forget(tenant))
    } catch {
      outcome = .failure(error)
    }
    await cache.stop()
    return try outcome.get()
  }

  /// How long Redis may take to be reached.
  private static let redisPatienceMicros: UInt64 = 5_000_000

  private static func total(_ parts: [TenantPart]) -> Int64 { parts.reduce(0) { $0 + $1.count } }

  private static func printTable(_ parts: [TenantPart]) {
    let width = parts.map(\.collection.count).max() ?? 0
    for part in parts { print("\(part.collection.padded(to: width))  \(part.count)") }
  }
}
