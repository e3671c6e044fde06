import Foundation
import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// How much a worker does in a second, and what one costs that has nothing to do. Measured, not judged: a busy machine
/// is nobody's mistake.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ORDERHUB_TEST_COSTS"] != nil)) struct JobCostTests {
  private func service(
    _ site: Site, _ handler: any JobHandler, metrics: Metrics = Metrics()
  ) throws -> JobService {
    let runner = JobRunner(
      handler, queue: site.store, ids: RandomIdentities(), user: try #require(UserID("worker")), log: quiet,
      metrics: metrics)
    return JobService([runner], queue: site.store, log: quiet)
  }

  private func cpuMicros() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// Has a service do all that waits of a kind; seconds.
  private func time(_ site: Site, _ service: JobService, kind: JobKind) async throws -> Double {
    let began = monotonicMicros()
    try await service.start()
    try await eventually("all is done") {
      try await Task.sleep(for: .milliseconds(50))
      return try await site.store.outlook(kind, limit: 1).next.isEmpty
    }
    let seconds = Double(monotonicMicros() - began) / 1e6
    await service.stop()
    return seconds
  }

  /// Has eight people place orders, one after the other each, while `work` goes on; how many they placed.
  private func besideOrders<Success: Sendable>(
    _ site: Site, _ work: @escaping @Sendable () async throws -> Success
  ) async throws -> (Success, orders: Int) {
    let office = try await site.office()
    let ada = try site.actor()
    let (isOver, placed) = (Locked(false), Locked(0))
    let people = (0..<8).map { _ in
      Task {
        while !isOver.with({ $0 }) {
          _ = try await office.placed([("A", 1)], as: ada)
          placed.with { $0 += 1 }
        }
      }
    }
    let outcome: Result<Success, any Error>
    do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
    isOver.with { $0 = true }
    for person in people { try await person.value }
    return (try outcome.get(), placed.with { $0 })
  }

  @Test func jobsInASecond() async throws {
    try await withSite { site in
      try await site.add(100_000)
      let alone = try await time(site, try service(site, Errands()), kind: .notice)
      print("100,000 due jobs of one tenant: \(alone) s, \(Int(100_000 / alone)) a second")
      try await site.add(100_000)
      let (seconds, orders) = try await besideOrders(site) {
        try await time(site, try service(site, Errands()), kind: .notice)
      }
      print(
        "the same beside \(Int(Double(orders) / seconds)) new orders a second: \(Int(100_000 / seconds)) a second")
      for number in 0..<10 { try await site.add(2_000, tenant: "t\(number)") }
      let shared = try await time(site, try service(site, Errands()), kind: .notice)
      print("20,000 due jobs of ten tenants: \(shared) s, \(Int(20_000 / shared)) a second")
    }
  }

  @Test func timersThatChangeOrdersInASecond() async throws {
    let count = 10_000
    try await withSite { site in
      let office = try await site.office()
      let (ada, user) = (try site.actor(), try #require(UserID("worker")))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<count {
          if number >= 256 { try await group.next() }
          group.addTask {
            let id = try await office.placed([("A", 1)], as: ada)
            let due = Timestamp(millis: 1)
            #expect(await office.desk.submit(.start("expire", of: id, due: due, as: ada)).status == 200)
          }
        }
        try await group.waitForAll()
      }
      let handler = TimerHandler(TimerTests.cancelling(office, user))
      let seconds = try await time(site, try service(site, handler), kind: .timer)
      print("\(count) due timers that cancel orders: \(seconds) s, \(Int(Double(count) / seconds)) a second")
    }
  }

  @Test func anIdleWorkersShareOfACore() async throws {
    try await withSite { site in
      try await site.add(1, dueAt: SystemClock().now().millis + 86_400_000)
      let service = try service(site, Errands())
      try await service.start()
      try await Task.sleep(for: .seconds(2))
      let (cpu, began) = (cpuMicros(), monotonicMicros())
      try await Task.sleep(for: .seconds(20))
      let share = Double(cpuMicros() - cpu) / Double(monotonicMicros() - began)
      print("an idle worker takes \((share * 10_000).rounded() / 100) % of a core")
      await service.stop()
    }
  }
}
