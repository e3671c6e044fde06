import HubContracts
import Orders

/// What a subscriber may be a member of.
enum RoomName: Hashable {
  /// All events of a tenant.
  case tenant(TenantID)
  /// What concerns one user.
  case user(TenantID, UserID)
  /// What concerns one order.
  case order(TenantID, OrderID)
}

/// The members of one room on one loop.
final class Room {
  let name: RoomName
  fileprivate(set) var members: [Subscriber] = []

  fileprivate init(name: RoomName) { self.name = name }
}

/// A subscriber's place in a room.
struct Membership {
  let room: Room
  fileprivate(set) var index: Int
}

/// The rooms of one loop; only its thread touches them, so sending needs no lock.
struct RoomRegistry {
  private var rooms: [RoomName: Room] = [:]

  /// How many rooms have members.
  var count: Int { rooms.count }

  /// A room that has members.
  subscript(_ name: RoomName) -> Room? { rooms[name] }

  /// Makes a subscriber a member, once. True if it is the room's first.
  mutating func join(_ subscriber: Subscriber, _ name: RoomName) -> Bool {
    let isNew = rooms[name] == nil
    let room = rooms[name] ?? Room(name: name)
    if isNew { rooms[name] = room }
    if subscriber.memberships.contains(where: { $0.room === room }) { return false }
    subscriber.memberships.append(Membership(room: room, index: room.members.count))
    room.members.append(subscriber)
    return isNew
  }

  /// Ends a membership; nothing if there is none. True if the room is empty now.
  mutating func leave(_ subscriber: Subscriber, _ name: RoomName) -> Bool {
    guard let room = rooms[name], let at = subscriber.memberships.firstIndex(where: { $0.room === room }) else {
      return false
    }
    let index = subscriber.memberships.remove(at: at).index
    // The last member takes the free place.
    let last = room.members.removeLast()
    if last !== subscriber {
      room.members[index] = last
      if let its = last.memberships.firstIndex(where: { $0.room === room }) { last.memberships[its].index = index }
    }
    if room.members.isEmpty { rooms[name] = nil }
    return room.members.isEmpty
  }
}
