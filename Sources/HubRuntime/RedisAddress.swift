import Foundation

/// Where Redis is: `redis://[user:password@]host[:port][/database]`.
public struct RedisAddress: Sendable, Equatable, CustomStringConvertible {
  /// A name or an address.
  public var host: String
  /// 6379 unless named.
  public var port: Int
  /// For `AUTH`, if named.
  public var user: String?
  /// For `AUTH`, if named.
  public var password: String?
  /// For `SELECT`; 0 unless named.
  public var database: Int

  /// Names a place.
  public init(host: String, port: Int = 6379, user: String? = nil, password: String? = nil, database: Int = 0) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
  }

  /// Reads the form above, its user and password percent-encoded; nil for anything else.
  public init?(_ text: String) {
    guard let parts = URLComponents(string: text), parts.scheme == "redis", let host = parts.host, !host.isEmpty,
      parts.query == nil, parts.fragment == nil
    else { return nil }
    let path = parts.path.dropFirst()
    guard let database = path.isEmpty ? 0 : Int(path), (0...65_535).contains(database) else { return nil }
    let port = parts.port ?? 6379
    guard (1...65_535).contains(port) else { return nil }
    // A user without a password is the older form of a password alone.
    let user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
    self.init(
      host: host.trimmingCharacters(in: ["[", "]"]), port: port, user: parts.password == nil ? nil : user,
      password: parts.password ?? user, database: database)
  }

  /// The place without user and password.
  public var description: String { "redis://\(password == nil ? "" : "***@")\(host):\(port)/\(database)" }
}
