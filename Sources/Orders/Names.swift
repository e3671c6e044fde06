/// The name of a tenant: 1 to 64 of `A–Z a–z 0–9 _ -`. It stands in every key, room and query.
public struct TenantID: Hashable, Sendable, CustomStringConvertible {
  /// The name as written.
  public let text: String
  /// Nil unless the text is 1 to 64 of the allowed characters.
  public init?(_ text: String) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
    self.text = text
  }
  /// Nil unless the text is 1 to 64 of the allowed characters.
  public init?(_ text: Text) { self.init(text.string) }
  /// The name as written.
  public var description: String { text }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
    default: false
    }
  }
}

/// The name of a user within a tenant: 1 to 128 bytes of printable ASCII without spaces.
public struct UserID: Hashable, Sendable, CustomStringConvertible {
  /// The name as written.
  public let text: String
  /// Nil unless the text is 1 to 128 bytes of printable ASCII without spaces.
  public init?(_ text: String) {
    guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    self.text = text
  }
  /// Nil unless the text is 1 to 128 bytes of printable ASCII without spaces.
  public init?(_ text: Text) { self.init(text.string) }
  /// Whether a new user may have the name: one that stands in an address. `.` and `..` mean other places there, however they
  /// are escaped, so nobody could change or disable that user.
  public var fitsAddress: Bool { text.utf8.count > 2 || text.utf8.contains { $0 != 0x2e } }
  /// What a new user's name may be, for people.
  public static let allowed = "1 to 128 printable ASCII characters without spaces, but neither . nor .. alone"
  /// The name beside names that are not known to be a user's.
  public var name: Text { Text(text) }
  /// The name as written.
  public var description: String { text }
}

/// What a user may do; the token carries it.
public enum Role: String, Sendable, CaseIterable {
  /// Those who run the business; `admin` its users and settings too, and `system` is a program of theirs.
  case admin, employee
  /// Who orders for itself.
  case customer
  /// A terminal at which others order.
  case kiosk
  /// Who sells by the business: the orders that name it.
  case seller
  case system
}

/// Who asks: from the token, never from a body.
public struct Actor: Hashable, Sendable {
  /// The tenant that the actor belongs to, and the only one it can see.
  public let tenant: TenantID
  /// The user's name.
  public let user: UserID
  /// The user's role.
  public let role: Role
  /// Names an actor.
  public init(tenant: TenantID, user: UserID, role: Role) {
    self.tenant = tenant
    self.user = user
    self.role = role
  }
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Sendable, Comparable {
  /// Milliseconds since the epoch.
  public let millis: Int64
  /// A moment of so many milliseconds since the epoch.
  public init(millis: Int64) { self.millis = millis }
  /// Earlier is less.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.millis < right.millis }
}
