import HubContracts
import Orders

/// What a subscriber may be a member of.
enum RoomName: Hashable {
  /// All events of a tenant.
  case tenant(TenantID)
  /// Those of the orders whose customer a user is.
  case user(TenantID, UserID)
  /// Those of one order.
  case order(TenantID, OrderID)

  /// Whose events they are.
  var tenant: TenantID {
    switch self {
    case .tenant(let tenant), .user(let tenant, _), .order(let tenant, _): tenant
    }
  }

  /// Its order, if it is one order's.
  var order: OrderID? { if case .order(_, let order) = self { order } else { nil } }

  /// Whether an event of the tenant is for it.
  func takes(_ event: BatchedEvent) -> Bool {
    switch self {
    case .tenant: true
    case .user(_, let user): event.customer == user.text
    case .order(_, let order): event.order == order
    }
  }
}

/// The members of one room on one loop.
final class Room {
  let name: RoomName
  fileprivate(set) var members: [Member] = []

  fileprivate init(name: RoomName) { self.name = name }
}

/// A member, and the first batch that it gets.
struct Member {
  let subscriber: Subscriber
  /// `UInt64.max` while it waits for its start.
  fileprivate(set) var from = UInt64.max
}

/// A subscriber's place in a room.
struct Membership {
  let room: Room
  fileprivate(set) var index: Int
  /// The request by which it is to get its start; nil once it has.
  fileprivate(set) var following: Following?
}

/// The rooms of one loop; only its thread touches them, so sending needs no lock.
struct RoomRegistry {
  private var rooms: [RoomName: Room] = [:]
  private var roomsOfTenant: [TenantID: Int] = [:]
  /// How many rooms are not whole tenants: while there are none, nobody needs to look who is concerned.
  private(set) var narrowCount = 0

  /// How many rooms have members.
  var count: Int { rooms.count }

  /// A room that has members.
  subscript(_ name: RoomName) -> Room? { rooms[name] }

  /// Whether any room of a tenant has members.
  func hasMembers(of tenant: TenantID) -> Bool { roomsOfTenant[tenant] != nil }

  /// The rooms of a tenant.
  func rooms(of tenant: TenantID) -> [Room] {
    guard hasMembers(of: tenant) else { return [] }
    // Where a tenant is all that is listened to, its room is its only one.
    if roomsOfTenant[tenant] == 1, let room = rooms[.tenant(tenant)] { return [room] }
    return rooms.values.filter { $0.name.tenant == tenant }
  }

  /// Makes a subscriber a member, or lets a member wait again for its start.
  mutating func join(_ subscriber: Subscriber, _ name: RoomName, for following: Following) {
    let room = rooms[name] ?? open(name)
    if let at = subscriber.memberships.firstIndex(where: { $0.room === room }) {
      let place = subscriber.memberships[at]
      subscriber.memberships[at].following = following
      // It gets nothing new before what it missed.
      room.members[place.index].from = .max
      if case .tenant = name { subscriber.tenantFrom = .max }
      return
    }
    subscriber.memberships.append(Membership(room: room, index: room.members.count, following: following))
    room.members.append(Member(subscriber: subscriber))
  }

  /// Whether a member still waits for the start that it gets by `following`.
  func awaits(_ subscriber: Subscriber, _ name: RoomName, for following: Following) -> Bool {
    subscriber.memberships.contains { $0.room.name == name && $0.following === following }
  }

  /// Gives a member its start, if it still waits for that of `following`.
  func begin(_ subscriber: Subscriber, _ name: RoomName, at serial: UInt64, for following: Following) {
    guard
      let at = subscriber.memberships.firstIndex(where: { $0.room.name == name && $0.following === following })
    else { return }
    subscriber.memberships[at].following = nil
    let place = subscriber.memberships[at]
    place.room.members[place.index].from = serial
    if case .tenant = name { subscriber.tenantFrom = serial }
  }

  /// Ends a membership; nothing if there is none. True if the room is empty now.
  mutating func leave(_ subscriber: Subscriber, _ name: RoomName) -> Bool {
    guard let room = rooms[name], let at = subscriber.memberships.firstIndex(where: { $0.room === room }) else {
      return false
    }
    if case .tenant = name { subscriber.tenantFrom = .max }
    let index = subscriber.memberships.remove(at: at).index
    // Without members a feed may end, and the next one counts its batches anew.
    if subscriber.memberships.isEmpty { subscriber.lastNarrow = (0, -1) }
    // The last member takes the free place.
    let last = room.members.removeLast()
    if last.subscriber !== subscriber {
      room.members[index] = last
      if let its = last.subscriber.memberships.firstIndex(where: { $0.room === room }) {
        last.subscriber.memberships[its].index = index
      }
    }
    if room.members.isEmpty { close(name) }
    return room.members.isEmpty
  }

  private mutating func open(_ name: RoomName) -> Room {
    let room = Room(name: name)
    rooms[name] = room
    roomsOfTenant[name.tenant, default: 0] += 1
    if case .tenant = name {} else { narrowCount += 1 }
    return room
  }

  private mutating func close(_ name: RoomName) {
    rooms[name] = nil
    let left = roomsOfTenant[name.tenant, default: 1] - 1
    roomsOfTenant[name.tenant] = left > 0 ? left : nil
    if case .tenant = name {} else { narrowCount -= 1 }
  }
}
