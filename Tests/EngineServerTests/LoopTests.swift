import Glibc
import HubRuntime
import HubTestSupport
import SocketLoop
import Testing

@Suite struct LoopTests {
  /// Counts ticks, and notes what is left when it ends.
  private final class CountingLoop: SocketLoop, @unchecked Sendable {
    // Owner: the loop's thread; the locked values are for all.
    let ticks = Locked(0)
    let ends = Locked<[String]>([])
    let letters = Mailbox<Int>(limit: 10, limitBytes: 1_000)

    override func rung() { for letter in letters.takeAll() { ends.with { $0.append("letter \(letter)") } } }
    override func ticked() { ticks.with { $0 += 1 } }
    override func ending() {
      let left = letters.close()
      ends.with { $0.append("ending with \(connectionCount) sockets and \(left.count) letters") }
    }
  }

  private final class Owner: ConnectionOwner {
    private let ends: Locked<[String]>
    init(_ ends: Locked<[String]>) { self.ends = ends }
    func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {}
    func overflowed(_ connection: Connection) {}
    func reminded(nowMs: Int64, on connection: Connection) {}
    func ended(_ connection: Connection) { ends.with { $0.append("ended") } }
  }

  @Test func aLoopTicksAsOftenAsItIsToldTo() async throws {
    let clock = MovedClock()
    let quick = try #require(
      CountingLoop(index: 0, name: "quick", queueLimitBytes: 1_000, tickMs: 10, clock: clock.now))
    let usual = try #require(CountingLoop(index: 1, name: "usual", queueLimitBytes: 1_000, clock: clock.now))
    #expect(usual.tickMs == 250)
    for loop in [quick, usual] { loop.start() }
    for turn in 1...25 {
      clock.move(ms: 10)
      #expect(await eventually { quick.ticks.with { $0 } == turn })
    }
    #expect(await eventually { usual.ticks.with { $0 } == 1 })
    clock.move(ms: 250)
    #expect(await eventually { usual.ticks.with { $0 } == 2 })
    // A loop that slept makes up for nothing.
    #expect(await eventually { quick.ticks.with { $0 } == 26 })
    for loop in [quick, usual] { await loop.stop() }
  }

  @Test func aLoopEndsAfterItsSocketsAndItsMailboxStaysClosed() async throws {
    let loop = try #require(CountingLoop(index: 0, name: "ending", queueLimitBytes: 1_000))
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    defer { close(pair[1]) }
    _ = try #require(loop.adopt(pair[0], owner: Owner(loop.ends)))
    loop.start()
    await loop.stop()
    #expect(loop.ends.with { $0 } == ["ended", "ending with 0 sockets and 0 letters"])
    #expect(loop.letters.post(1) == .full)
    #expect(loop.letters.post(2, urgent: true) == .full)
    #expect(loop.letters.takeAll() == [])
  }
}
