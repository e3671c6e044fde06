import Orders
import Testing

@testable import HubRuntime

@Suite struct KeyedPlacesTests {
  @Test func manyMadeUpKeysNeitherResetOthersNorTakeMoreMemory() {
    let now = Locked<UInt64>(1_000_000)
    let limit = KeyedLimit(perMinute: 5, limit: 100, clock: { now.with { $0 } })
    for _ in 0..<5 { #expect(limit.take("victim")) }
    #expect(!limit.take("victim"))
    for number in 0..<20_000 { _ = limit.take("made up \(number)") }
    #expect(!limit.take("victim"))
    #expect(limit.count <= 100 + KeyedPlaces<UInt64>.sharedLimit)
    // Those without a place of their own are limited together, and not let through.
    #expect((0..<20_000).count { limit.take("more \($0)") } <= 5 * KeyedPlaces<UInt64>.sharedLimit)
  }

  @Test func placesThatMeanNothingAnyMoreAreGivenToOthers() {
    let now = Locked<UInt64>(1_000_000)
    let limit = KeyedLimit(perMinute: 60, limit: 100, clock: { now.with { $0 } })
    for number in 0..<100 { #expect(limit.take("early \(number)")) }
    now.with { $0 += 2_000_000 }
    for number in 0..<100 { #expect(limit.take("late \(number)")) }
    #expect(limit.count == 100)
  }

  @Test func aKeyEarnsBackWhatItTookInAMinute() {
    let now = Locked<UInt64>(1_000_000)
    let limit = KeyedLimit(perMinute: 3, clock: { now.with { $0 } })
    #expect((0..<5).map { _ in limit.take("a") } == [true, true, true, false, false])
    #expect(limit.take("b"))
    now.with { $0 += 20_000_000 }
    #expect((0..<2).map { _ in limit.take("a") } == [true, false])
    now.with { $0 += 600_000_000 }
    #expect((0..<4).map { _ in limit.take("a") } == [true, true, true, false])
    #expect((0..<9).allSatisfy { _ in KeyedLimit(perMinute: 0).take("a") })
  }

  @Test func thoseWhoAskAtOnceShareOneAnswer() async {
    let answers = SharedAnswer<Int>()
    let gate = Locked<[CheckedContinuation<Void, Never>]>([])
    let asked = Locked(0)
    let ask: @Sendable () async -> Int = {
      await withCheckedContinuation { continuation in gate.with { $0.append(continuation) } }
      return asked.with {
        $0 += 1
        return $0
      }
    }
    async let many = withTaskGroup(of: Int.self) { group in
      for _ in 0..<500 { group.addTask { await answers.value(ask) } }
      return await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    // As often as one is held, it is let go; all that came while it was held have its answer.
    let letter = Task {
      while !Task.isCancelled {
        for held in gate.with({ held in
          defer { held = [] }
          return held
        }) { held.resume() }
        await Task.yield()
      }
    }
    let values = await many
    letter.cancel()
    #expect(values == Set(1...values.count))
    #expect(asked.with { $0 } == values.count)
  }
}
