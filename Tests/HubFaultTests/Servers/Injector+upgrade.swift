import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// A hub whose processes are replaced, one after the other, by those of another version.
extension Injector {
  /// What became of it.
  struct Upgrade: Sendable {
    /// How often a process of the one version took the place of one of the other.
    var toNew = 0
    var toOld = 0
    /// How often the newer version's `migrate` came to its end beside both.
    var migrations = 0
    var generation: Generation?

    mutating func add(_ other: Upgrade) {
      toNew += other.toNew
      toOld += other.toOld
      migrations += other.migrations
    }
  }

  /// Says from which version each process starts the next time: if one is killed before its turn, it is the new one then
  /// too. `migrate` goes on beside them once all are to be new.
  func plan(_ generation: Generation) {
    guard let old = cluster.old, upgrade.with({ $0.generation }) != generation else { return }
    upgrade.with { $0.generation = generation }
    world.history.note("GENERATION \(generation)")
    for fleet in Fault.Fleet.allCases {
      for (place, process) in cluster.fleet(fleet).enumerated() {
        process.use(generation.isOld(place) ? old : cluster.binary)
      }
    }
    if generation == .new { migrate() }
  }

  /// Replaces one process that is not of the version that it is to be, unless something is being done to it. Live
  /// processes come first, as the documentation says, and go back last.
  func replaceOne(besides standing: [Standing]) -> Standing? {
    guard let generation = upgrade.with({ $0.generation }) else { return nil }
    guard !standing.contains(where: { if case .replace = $0.fault.kind { true } else { false } }) else { return nil }
    let touched = standing.reduce(into: Set<String>()) { $0.formUnion($1.fault.touches) }
    var fleets: [Fault.Fleet] = [.live, .worker, .api]
    if generation == .old { fleets.reverse() }
    for fleet in fleets {
      for (place, process) in cluster.fleet(fleet).enumerated()
      where process.isRunning && process.isToChange && !touched.contains(process.name) {
        let fault = Fault(replacing: fleet, place)
        // One that has only just begun, and takes no signal yet, has its turn later.
        guard let replacing = try? terminate(process, fault) else { continue }
        world.history.note("FAULT \(fault)")
        tally.with { $0.planned(fault) }
        upgrade.with { if generation.isOld(place) { $0.toOld += 1 } else { $0.toNew += 1 } }
        return replacing
      }
    }
    return nil
  }

  /// All processes are of the newer version at the end, and what both have written is migrated.
  func finishUpgrade() throws {
    guard cluster.old != nil else { return }
    plan(.new)
    for process in cluster.hub where process.isToChange {
      let deadline = monotonicMicros() + 60_000_000
      if !process.askToEnd() || process.exitStatus(by: deadline) == nil { process.kill() }
      try process.start()
      upgrade.with { $0.toNew += 1 }
    }
    migration.with { thread in
      thread?.join()
      thread = nil
    }
    guard migrateToTheEnd() else {
      throw TestServerError("orderhub migrate failed: \(cluster.folder.path)/migrate.log")
    }
  }

  /// How often `migrate` is tried: a MongoDB that is being broken, or elects, lets it fail.
  private static let migrationLimit = 30

  private func migrateToTheEnd() -> Bool {
    for _ in 0..<Self.migrationLimit {
      if let status = try? cluster.run(["migrate", "--phases"], log: "migrate.log"), status == 0 {
        world.history.note("MIGRATED")
        upgrade.with { $0.migrations += 1 }
        return true
      }
      usleep(1_000_000)
    }
    return false
  }

  private func migrate() {
    migration.with { running in
      running?.join()
      running = HubRuntime.Thread.start(name: "migration") { [self] in
        if !migrateToTheEnd() { world.history.note("MISSED migrate came to no end") }
      }
    }
  }
}
