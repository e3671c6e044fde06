import Dispatch
import HubContracts
import HubRuntime
import Orders
import Testing

/// What blocks until it is told to go on.
private final class Barrier: Sendable {
  private let gate = DispatchSemaphore(value: 0)
  func wait() { gate.wait() }
  func open(_ count: Int) { for _ in 0..<count { gate.signal() } }
}

@Suite struct SharedThreadsTests {
  @Test func whoKeepsItsThreadsBusyLeavesSomeToOthers() async throws {
    let pool = BlockingPool<Void>(name: "test", threads: 8, queueLimit: 100) { _ in }
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    let barrier = Barrier()
    async let all: Void = withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { try await pool.run(as: ada) { barrier.wait() } } }
      try await group.waitForAll()
    }
    while pool.waiting < 16 { await Task.yield() }
    // Half of the threads wait with Ada's; sixteen of hers wait for one; Ben's are done meanwhile.
    for number in 0..<10 { #expect(try await pool.run(as: ben) { number } == number) }
    #expect(try await pool.run { 1 } == 1)
    #expect(pool.waiting == 16)
    barrier.open(20)
    try await all
    await close(pool)
  }

  @Test func whoFillsTheQueueIsRefusedAndOthersAreNot() async throws {
    let pool = BlockingPool<Void>(name: "test", threads: 2, queueLimit: 8) { _ in }
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    let barrier = Barrier()
    let refusals = Locked<[PoolError]>([])
    async let all: Void = withTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do throws(PoolError) { try await pool.run(as: ada) { barrier.wait() } } catch {
            refusals.with { $0.append(error) }
          }
        }
      }
    }
    // One of two threads and four of eight places are hers.
    while refusals.with({ $0.count }) < 15 { await Task.yield() }
    #expect(refusals.with { $0 }.allSatisfy { $0 == .full(.user) })
    #expect(try await pool.run(as: ben) { 7 } == 7)
    barrier.open(20)
    await all
    await close(pool)
  }

  private func close(_ pool: BlockingPool<Void>) async {
    await withCheckedContinuation { done in
      DispatchQueue.global().async {
        pool.close()
        done.resume()
      }
    }
  }

  @Test func aTaskThatIsCancelledWaitsNoLongerAndItsJobThatHasNotBegunIsLeftOut() async throws {
    let pool = BlockingPool<Void>(name: "test", threads: 1, queueLimit: 8) { _ in }
    let (barrier, begun) = (Barrier(), Locked<[String]>([]))
    let tasks = ["held", "waits"].map { name in
      Task {
        try await pool.runUntilCancelled {
          begun.with { $0.append(name) }
          barrier.wait()
          return name
        }
      }
    }
    while begun.with({ $0.count }) < 1 || pool.waiting < 1 { await Task.yield() }
    for task in tasks { task.cancel() }
    // None of them can have ended: the barrier is closed.
    for task in tasks { #expect(try await task.value == nil) }
    // Nor does a task begin one that is cancelled already.
    barrier.open(1)
    #expect(try await pool.run { 7 } == 7)
    #expect(begun.with { $0.count } == 1)
    #expect(try await pool.runUntilCancelled { 8 } == 8)
    await close(pool)
    await #expect(throws: PoolError.closed) { try await pool.runUntilCancelled { 9 } }
  }

  @Test func closingWaitsNoLongerThanItIsToldForAThreadThatStandsStill() async throws {
    let pool = BlockingPool<Void>(name: "test", threads: 2, queueLimit: 8) { _ in }
    let (barrier, isHeld) = (Barrier(), Locked(false))
    async let held: Void = pool.run {
      isHeld.with { $0 = true }
      barrier.wait()
    }
    while !isHeld.with({ $0 }) { await Task.yield() }
    // The barrier is closed, so only one of the two can end; and it does, for its deadline is far enough.
    let left = await withCheckedContinuation { done in
      DispatchQueue.global().async { done.resume(returning: pool.close(until: monotonicMicros() + 1_000_000)) }
    }
    #expect((1...2).contains(left))
    await #expect(throws: PoolError.closed) { try await pool.run {} }
    // Whoever waits for what was left behind is answered once it ends.
    barrier.open(1)
    try await held
  }

  @Test func aTurnstileLetsWhoeverComesLastPassBetweenTheManyThatWait() async throws {
    let turnstile = Turnstile(places: 1, queueLimit: 100, quantum: 10)
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    let (journal, isInside) = (Locked<[String]>([]), Locked(false))
    let (started, go) = AsyncStream<Void>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await turnstile.pass(ada, work: { 30 }) {
          isInside.with { $0 = true }
          for await _ in started { break }
        }
      }
      while !isInside.with({ $0 }) { await Task.yield() }
      for number in 0..<20 {
        group.addTask {
          try await turnstile.pass(ada, work: { 30 }) { journal.with { $0.append("ada \(number)") } }
        }
      }
      while turnstile.waiting < 20 { await Task.yield() }
      group.addTask { try await turnstile.pass(ben, work: { 1 }) { journal.with { $0.append("ben") } } }
      while turnstile.waiting < 21 { await Task.yield() }
      go.yield()
      go.finish()
      try await group.waitForAll()
    }
    let order = journal.with { $0 }
    #expect(order.count == 21)
    #expect(try #require(order.firstIndex(of: "ben")) <= 2, "\(order)")
  }

  @Test func aTurnstileRefusesWhoeverFillsItAndGoesOnAfterAFailure() async throws {
    struct Broken: Error {}
    let turnstile = Turnstile(places: 1, queueLimit: 4, quantum: 10)
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    await #expect(throws: Broken.self) { try await turnstile.pass(ada, work: { 1 }) { throw Broken() } }
    let (started, go) = AsyncStream<Void>.makeStream()
    let lacks = Locked<[Places.Lack]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do { try await turnstile.pass(ada, work: { 1 }) { for await _ in started { break } } } catch let lack
            as Places.Lack
          {
            lacks.with { $0.append(lack) }
          }
        }
      }
      // One has passed and two wait, of four places.
      while lacks.with({ $0.count }) < 7 { await Task.yield() }
      #expect(lacks.with { $0 }.allSatisfy { $0 == .user })
      group.addTask { try await turnstile.pass(ben, work: { 1 }) {} }
      while turnstile.waiting < 3 { await Task.yield() }
      go.finish()
      try await group.waitForAll()
    }
    #expect(turnstile.waiting == 0)
  }
}
