/// Where Redis is, and how much of it and of this process's memory the hub may use.
public struct RedisOptions: Sendable {
  /// A name or an address.
  public var host: String
  /// 1…65535.
  public var port: Int
  /// The user to log in as; nil for Redis's default one.
  public var username: String?
  /// The password; nil for none. Never log it.
  public var password: String?
  /// The database's number, from 0.
  public var database: Int
  /// How long a call may take, in milliseconds; 1…60,000, what lies beyond counts as the nearest of them.
  public var timeoutMs: Int
  /// How many bytes of copies this process keeps at hand.
  public var localCacheBytes: Int
  /// About how many entries a tenant's stream keeps; at least 1.
  public var streamLength: Int
  /// Whether a bus also hears what other programs publish with Socket.IO's Redis emitter; whoever may publish in this
  /// Redis can then send anything to any client.
  public var listensToEmitter: Bool

  /// Names a server.
  public init(
    host: String = "127.0.0.1", port: Int = 6379, username: String? = nil, password: String? = nil, database: Int = 0,
    timeoutMs: Int = 250, localCacheBytes: Int = 16 << 20, streamLength: Int = 10_000, listensToEmitter: Bool = false
  ) {
    self.host = host
    self.port = port
    self.username = username
    self.password = password
    self.database = database
    self.timeoutMs = timeoutMs
    self.localCacheBytes = localCacheBytes
    self.streamLength = streamLength
    self.listensToEmitter = listensToEmitter
  }

  /// The time limit of a call in microseconds, between a millisecond and a minute.
  var timeoutMicros: UInt64 { UInt64(min(max(timeoutMs, 1), 60_000)) * 1_000 }

  /// Reads `redis://[[user]:password@]host[:port][/database]`; user and password may be percent-encoded, an IPv6
  /// address stands in brackets. Throws what is wrong, without the URL: it may hold a password.
  public init(
    url: String, timeoutMs: Int = 250, localCacheBytes: Int = 16 << 20, streamLength: Int = 10_000
  ) throws(RedisURLError) {
    self.init(timeoutMs: timeoutMs, localCacheBytes: localCacheBytes, streamLength: streamLength)
    let scheme = "redis://"
    guard url.hasPrefix(scheme) else { throw .scheme }
    let parts = url.dropFirst(scheme.count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var address = parts[0]
    if let at = address.lastIndex(of: "@") {
      let user = address[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard user.count == 2, let name = Self.decode(user[0]), let secret = Self.decode(user[1]) else {
        throw .credentials
      }
      username = name.isEmpty ? nil : name
      password = secret.isEmpty ? nil : secret
      address = address[address.index(after: at)...]
    }
    try readAddress(address)
    if parts.count == 2, !parts[1].isEmpty {
      guard let number = Self.number(parts[1], in: 0...1_000_000) else { throw .database }
      database = number
    }
  }

  private mutating func readAddress(_ address: Substring) throws(RedisURLError) {
    var name = address
    var rest: Substring = ""
    if address.first == "[" {
      guard let end = address.firstIndex(of: "]") else { throw .host }
      name = address[address.index(after: address.startIndex)..<end]
      rest = address[address.index(after: end)...]
    } else if let colon = address.firstIndex(of: ":") {
      name = address[..<colon]
      rest = address[colon...]
    }
    guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .host }
    host = String(name)
    if !rest.isEmpty {
      guard rest.first == ":", let number = Self.number(rest.dropFirst(), in: 1...65_535) else { throw .port }
      port = number
    }
  }

  private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number) else {
      return nil
    }
    return number
  }

  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x37
    case 0x61...0x66: byte &- 0x57
    default: nil
    }
  }
}

/// What is wrong with a Redis URL.
public enum RedisURLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It does not begin with `redis://`.
  case scheme
  /// Before the `@` there is not `user:password`, percent-encoded.
  case credentials
  /// There is no host, or it is not printable ASCII.
  case host
  /// The port is not 1…65535.
  case port
  /// The database is not a number from 0.
  case database
  /// A sentence for the operator.
  public var description: String {
    switch self {
    case .scheme: "a Redis URL begins with redis://"
    case .credentials: "a Redis URL gives credentials as user:password@ or :password@, percent-encoded"
    case .host: "a Redis URL names a host"
    case .port: "the port of a Redis URL is 1 to 65535"
    case .database: "the database of a Redis URL is a number from 0"
    }
  }
}
