import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// What one subscriber gets where a loop takes its letters only when the test lets it: between two of them lies whatever
/// may come between them.
@Suite struct FollowingTests {
  private static let orders = ["6563f1c2a9b4e80012ab34c1", "6563f1c2a9b4e80012ab34c2"]

  @Test func aLiveRoomThatIsNamedAgainWhileAnotherWaitsLosesNothing() async throws {
    let still = try await StillLoop()
    let (tenant, one) = (RoomName.tenant(still.tenant), try still.order(Self.orders[0]))
    let member = still.member()
    still.loop.follow(member, [tenant])
    #expect(member.heard == ["new 1001-0"])
    still.bus.listener?.lost()
    still.loop.follow(member, [one])
    still.loop.follow(member, [tenant])
    #expect(member.heard == ["new 1001-0", "new 1001-0"])
    _ = still.streams.add("north", TestBus.envelope("north", seq: 2))
    still.bus.listener?.subscribed(still.tenant)
    try await still.turn { member.heard.count == 4 }
    #expect(member.heard.suffix(2) == ["2", "new 1002-0"])
    still.publish(3)
    try await still.turn { member.heard.count == 5 }
    #expect(member.heard.last == "3")
  }

  @Test func aRoomThatBeginsWhileBatchesAreUnderWayPromisesNothingOfThem() async throws {
    let still = try await StillLoop()
    let member = still.member()
    still.loop.follow(member, [.tenant(still.tenant)])
    still.publish(2)
    still.publish(3)
    still.loop.follow(member, [try still.order(Self.orders[0])])
    #expect(member.heard == ["new 1001-0", "new 1001-0"])
    #expect(still.loop.place(of: member) == StreamOffset(millis: 1_001, number: 0))
    // It goes back in another room, to a place that the first has not reached yet.
    still.loop.follow(
      member, [try still.order(Self.orders[1])], after: StreamOffset(millis: 1_002, number: 0))
    try await still.turn { member.heard.count >= 5 }
    #expect(member.heard.dropFirst(2) == ["recovered 1001-0", "2", "3"])
    still.publish(4)
    try await still.turn { member.heard.last == "4" }
    #expect(member.heard.count == 6)
  }

  @Test func aRoomThatBeginsWhileBatchesAreUnderWayToAnotherGetsThemToo() async throws {
    let still = try await StillLoop()
    let member = still.member()
    still.loop.follow(member, [try still.order(Self.orders[0])])
    still.publish(2, order: Self.orders[1])
    still.loop.follow(member, [try still.order(Self.orders[1])])
    still.publish(3, order: Self.orders[0])
    try await still.turn { member.heard.count == 4 }
    #expect(member.heard == ["new 1001-0", "new 1001-0", "2", "3"])
  }

  @Test func whoWaitsForTheBusIsServedThoughItsPlaceWasLeftOut() async throws {
    let still = try await StillLoop { $0.mailboxLimitBytes = 4_000 }
    let member = still.member()
    let data = "\"" + String(repeating: "x", count: 4_000) + "\""
    // Another process has given it this already.
    let late = still.streams.add("north", TestBus.envelope("north", seq: 2, data: data))
    still.loop.follow(member, [.tenant(still.tenant)], after: StreamOffset(millis: 1_002, number: 0))
    try await still.turn { member.heard.count == 1 }
    // With a letter before it the event finds no room.
    still.loop.post(urgent: .standing(try #require(TenantID("south"))))
    still.bus.publish([late], tenant: "north")
    try await still.turn { member.wish == nil }
    #expect(member.wish == nil)
    still.publish(3)
    try await still.turn { member.heard.count == 2 }
    #expect(member.heard == ["recovered 1002-0", "3"])
  }

  @Test func theTenantsRoomBeginsBehindWhatIsUnderWayToANarrowOne() async throws {
    let still = try await StillLoop()
    let member = still.member()
    still.loop.follow(member, [try still.order(Self.orders[0])])
    still.publish(2, order: Self.orders[0])
    still.loop.follow(member, [.tenant(still.tenant)])
    still.publish(3)
    try await still.turn { member.heard.count == 4 }
    #expect(member.heard.suffix(2) == ["2", "3"])
  }

  @Test func nothingThatCameAfterAGapIsGivenBeforeTheGapIsTold() async throws {
    let still = try await StillLoop { $0.mailboxLimitBytes = 4_000 }
    let member = still.member()
    still.loop.follow(member, [.tenant(still.tenant)])
    still.publish(2)
    still.publish(3, data: "\"" + String(repeating: "x", count: 4_000) + "\"")
    still.publish(4)
    try await still.turn { member.heard.count >= 3 }
    #expect(member.heard.suffix(2) == ["2", "resync overload 1004-0"])
    still.publish(5)
    try await still.turn { member.heard.count >= 4 }
    #expect(member.heard.last == "5")
    #expect(member.heard.count == 4)
  }
}

/// A hub whose only loop runs when the test lets it.
private final class StillLoop {
  let hub: LiveHub
  let loop: LiveLoop
  let bus: TestBus
  let streams = TestStreams()
  let tenant: TenantID

  /// A member of the tenant keeps its feed standing.
  init(_ change: (inout LiveOptions) -> Void = { _ in }) async throws {
    tenant = try #require(TenantID("north"))
    bus = TestBus(streams)
    var options = LiveOptions()
    options.loopCount = 1
    change(&options)
    hub = LiveHub(
      options: options, verifier: TestVerifier(), bus: bus, streams: streams, owners: TestOwners(),
      clock: TestClock(MovedClock(runs: true)),
      log: Log(level: .error, sink: TestLog()), metrics: Metrics())
    bus.start(hub)
    loop = hub.loops[0]
    let keeper = member()
    loop.follow(keeper, [.tenant(tenant)])
    try await turn { !keeper.heard.isEmpty }
  }

  /// Somebody who follows nothing yet.
  func member() -> Listener {
    let member = Listener(home: loop)
    member.reader = UserID("ada").map { Actor(tenant: tenant, user: $0, role: .employee) }
    loop.add(member)
    return member
  }

  func order(_ hex: String) throws -> RoomName { .order(tenant, try #require(OrderID(hex))) }

  /// Adds an event to the stream and to what waits for the loop.
  func publish(_ seq: Int, order: String = "6563f1c2a9b4e80012ab34cd", data: String = "{}") {
    bus.record([TestBus.envelope("north", seq: seq, data: data, order: order)], tenant: "north")
  }

  /// Lets the loop take its letters until something holds.
  func turn(until holds: () -> Bool) async throws {
    try await eventually("it holds after so many turns") {
      loop.rung()
      return holds()
    }
  }
}

/// Notes what it gets: events by their numbers.
private final class Listener: Subscriber {
  private(set) var heard: [String] = []

  override func deliver(_ batch: EventBatch, _ some: Range<Int>) {
    heard += Samples.numbers(batch, some).map { "\($0)" }
  }
  override func follows(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    heard.append("\(outcome) \(offset?.text ?? "-")")
  }
  override func resync(reason: String, offset: StreamOffset?) {
    heard.append("resync \(reason) \(offset?.text ?? "-")")
  }
}
