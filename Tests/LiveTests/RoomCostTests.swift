import Glibc
import HubTestSupport
import Orders
import Testing

@testable import Live

/// What it costs to leave rooms, however many others the tenant has. Counted is the thread's own time on a core, which
/// others do not make longer.
@Suite struct RoomCostTests {
  private static let few = 2_000
  private static let many = 64_000

  @Test func aRoomIsLeftWithoutACopyOfAllTheTenantsRooms() async throws {
    try await withLive { live in
      let tenant = try #require(TenantID("north"))
      let members = (0..<Self.many / 500).map { _ in Subscriber(home: live.hub.loops[0]) }
      func name(_ index: Int) -> RoomName { .order(tenant, OrderID(high: 1, low: UInt32(index))) }
      var rooms = RoomRegistry()
      func costOfLeaving() -> Int64 {
        for index in 0..<Self.few { rooms.join(members[index / 500], name(index)) }
        let start = Self.ownMicros()
        var emptied = 0
        for index in 0..<Self.few where rooms.leave(members[index / 500], name(index)) { emptied += 1 }
        let cost = Self.ownMicros() - start
        #expect(emptied == Self.few)
        return max(1, cost)
      }
      let alone = (0..<5).map { _ in costOfLeaving() }.min() ?? 0
      #expect(rooms.count == 0)
      for index in Self.few..<Self.many { rooms.join(members[index / 500], name(index)) }
      let amongMany = (0..<3).map { _ in costOfLeaving() }.min() ?? 0
      // With a copy each it is 32 times as much, and more.
      #expect(amongMany < 8 * alone, "\(alone) and \(amongMany) us")
      #expect(rooms.count == Self.many - Self.few)
    }
  }

  private static func ownMicros() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
