import HubContracts
import Orders

/// What a subscriber may be a member of.
enum RoomName: Hashable {
  /// All events of a tenant.
  case tenant(TenantID)
  /// Those of the orders whose customer, seller or kiosk a user is.
  case own(TenantID, OrdersOf)
  /// Those of one order.
  case order(TenantID, OrderID)

  /// Whose events they are.
  var tenant: TenantID {
    switch self {
    case .tenant(let tenant), .own(let tenant, _), .order(let tenant, _): tenant
    }
  }

  /// Its order, if it is one order's.
  var order: OrderID? { if case .order(_, let order) = self { order } else { nil } }

  /// Whether an event of the tenant is for it.
  func takes(_ event: BatchedEvent) -> Bool {
    switch self {
    case .tenant: true
    case .own(_, let orders): orders.includes(event.parties)
    case .order(_, let order): event.order == order
    }
  }

  /// The rooms that an event is for beside its tenant's.
  static func narrow(_ event: BatchedEvent, of tenant: TenantID) -> [RoomName] {
    var names: [RoomName] = []
    if let order = event.order { names.append(.order(tenant, order)) }
    if let customer = event.parties.customer { names.append(.own(tenant, .customer(customer))) }
    if let seller = event.parties.seller { names.append(.own(tenant, .seller(seller))) }
    if let kiosk = event.parties.kiosk { names.append(.own(tenant, .kiosk(kiosk))) }
    return names
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
  /// Whether it gets its start with the subscriber's wish.
  fileprivate(set) var isWaiting = true
}

/// The rooms of one loop; only its thread touches them, so sending needs no lock.
struct RoomRegistry {
  private struct TenantRooms {
    var whole: Room?
    var narrow: [RoomName: Room] = [:]
    var isEmpty: Bool { whole == nil && narrow.isEmpty }
  }

  private var tenants: [TenantID: TenantRooms] = [:]
  /// How many rooms have members.
  private(set) var count = 0

  /// A room that has members.
  subscript(_ name: RoomName) -> Room? {
    if case .tenant = name { tenants[name.tenant]?.whole } else { tenants[name.tenant]?.narrow[name] }
  }

  /// Whether any room of a tenant has members.
  func hasMembers(of tenant: TenantID) -> Bool { tenants[tenant] != nil }

  /// Whether a tenant has rooms of single users or orders: only then it matters whom an event concerns.
  func hasNarrow(of tenant: TenantID) -> Bool { !(tenants[tenant]?.narrow.isEmpty ?? true) }

  /// The rooms of a tenant.
  func rooms(of tenant: TenantID) -> [Room] {
    guard let rooms = tenants[tenant] else { return [] }
    return (rooms.whole.map { [$0] } ?? []) + rooms.narrow.values
  }

  /// Makes a subscriber a member that waits for its start, or lets a member wait again.
  mutating func join(_ subscriber: Subscriber, _ name: RoomName) {
    let room = self[name] ?? open(name)
    guard let at = subscriber.memberships.firstIndex(where: { $0.room === room }) else {
      subscriber.memberships.append(Membership(room: room, index: room.members.count))
      room.members.append(Member(subscriber: subscriber))
      return
    }
    subscriber.memberships[at].isWaiting = true
    room.members[subscriber.memberships[at].index].from = .max
    if case .tenant = name { subscriber.tenantFrom = .max }
  }

  /// Gives a subscriber its start in all rooms in which it waits.
  func begin(_ subscriber: Subscriber, at serial: UInt64) {
    for (at, membership) in subscriber.memberships.enumerated() where membership.isWaiting {
      subscriber.memberships[at].isWaiting = false
      membership.room.members[membership.index].from = serial
      if case .tenant = membership.room.name { subscriber.tenantFrom = serial }
    }
  }

  /// Ends a membership; nothing if there is none. True if the room is empty now.
  mutating func leave(_ subscriber: Subscriber, _ name: RoomName) -> Bool {
    guard let room = self[name], let at = subscriber.memberships.firstIndex(where: { $0.room === room }) else {
      return false
    }
    if case .tenant = name { subscriber.tenantFrom = .max }
    let index = subscriber.memberships.remove(at: at).index
    if !subscriber.memberships.contains(where: \.isWaiting) { subscriber.wish = nil }
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
    if case .tenant = name {
      tenants[name.tenant, default: TenantRooms()].whole = room
    } else {
      tenants[name.tenant, default: TenantRooms()].narrow[name] = room
    }
    count += 1
    return room
  }

  private mutating func close(_ name: RoomName) {
    // In place: a table that is taken out is copied by the change, and a tenant may have a hundred thousand rooms.
    if case .tenant = name { tenants[name.tenant]?.whole = nil } else { tenants[name.tenant]?.narrow[name] = nil }
    if tenants[name.tenant]?.isEmpty == true { tenants[name.tenant] = nil }
    count -= 1
  }
}
