public import HubContracts
import HubRuntime
import Orders

/// What a Redis is, as far as the hub cares: for checks at start and for whoever asks what is wrong.
public struct RedisFacts: Sendable, Equatable {
  /// What a server may be.
  public enum Role: Sendable, Equatable {
    /// It takes writes: the only one that the hub works with.
    case master
    /// It follows another one.
    case replica
    /// Something else, in Redis's own word: `sentinel`.
    case other(String)
  }

  /// `7.0.15`
  public var version: String
  /// What it is.
  public var role: Role
  /// Whether it still reads its data from disk or from its master.
  public var isLoading: Bool
  /// The memory that it may use, in bytes; 0 for any.
  public var maxmemoryBytes: Int64
  /// What it does when that is full, in Redis's own words: `noeviction`, `allkeys-lru`, …
  public var maxmemoryPolicy: String
  /// How far its clock is ahead of this machine's, in milliseconds; below 0 if it is behind. As exact as the answer was
  /// quick.
  public var clockAheadMs: Int64
  /// Its process: another one each time it starts.
  public var runID: String
  /// Its history of writes: another one each time a server becomes a master.
  public var replicationID: String

  /// Whether it removes keys by itself to make room.
  public var mayEvict: Bool { maxmemoryBytes > 0 && maxmemoryPolicy != "noeviction" }

  /// Asks a server over a connection of its own, on a thread of its own. It takes two seconds at most, and as long as it
  /// takes to look up the host's name.
  public static func ask(_ options: RedisOptions, clock: any HubClock) async throws(RedisProblem) -> RedisFacts {
    let outcome: Result<RedisFacts, RedisProblem> = await withUnsafeContinuation { continuation in
      Thread.start(name: "redis-ask") {
        do throws(LinkFailure) {
          continuation.resume(returning: .success(try wait(for: options, clock)))
        } catch {
          continuation.resume(returning: .failure(RedisProblem(error)))
        }
      }.detach()
    }
    return try outcome.get()
  }

  private static func wait(for options: RedisOptions, _ clock: any HubClock) throws(LinkFailure) -> RedisFacts {
    let deadline = monotonicMicros() + options.silenceMicros
    let socket = try RedisSocket(options, deadline: deadline)
    let greeting = try socket.ask(options.greeting, deadline: deadline)
    var question = Pipeline()
    RedisServer.ask(&question)
    question.command(["INFO", "memory"])
    question.command(["INFO", "persistence"])
    let replies = try socket.ask(question, deadline: deadline)
    let server = try RedisServer(replies)
    let info = RedisInfo(replies)
    return RedisFacts(
      version: info["redis_version"] ?? "", role: Role(RedisServer.role(greeting.last)),
      isLoading: info["loading"] == "1", maxmemoryBytes: info["maxmemory"].flatMap { Int64($0) } ?? 0,
      maxmemoryPolicy: info["maxmemory_policy"] ?? "", clockAheadMs: try ahead(socket, deadline, clock),
      runID: server.runID, replicationID: server.replicationID)
  }

  /// Redis's clock at the middle of a question, less this one's.
  private static func ahead(
    _ socket: RedisSocket, _ deadline: UInt64, _ clock: any HubClock
  ) throws(LinkFailure) -> Int64 {
    var question = Pipeline()
    question.command(["TIME"])
    let before = clock.now().millis
    let reply = try socket.ask(question, deadline: deadline)[0].array ?? []
    let after = clock.now().millis
    guard reply.count == 2, let seconds = reply[0].bytes.flatMap({ Decimal.read($0) }),
      let micros = reply[1].bytes.flatMap({ Decimal.read($0) })
    else { throw LinkFailure("the server has no clock") }
    return seconds &* 1_000 &+ micros / 1_000 &- (before / 2 &+ after / 2)
  }
}

extension RedisFacts.Role {
  init(_ word: String?) {
    switch word {
    case "master": self = .master
    case "slave": self = .replica
    default: self = .other(word ?? "")
    }
  }
}

/// Why a Redis could not be asked what it is.
public enum RedisProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nobody is there, or nobody answers.
  case unreachable(String)
  /// The user or password is wrong, or the user may not do what the hub does: in Redis's own words.
  case refused(String)
  /// Over TLS nobody can tell who is there: another CA, another name, no TLS at all.
  case tls(String)

  init(_ failure: LinkFailure) {
    switch failure.kind {
    case .connection, .server: self = .unreachable(failure.reason)
    case .refusal: self = .refused(failure.reason)
    case .tls: self = .tls(failure.reason)
    }
  }

  /// A sentence for the operator, without a password.
  public var description: String {
    switch self {
    case .unreachable(let reason), .refused(let reason), .tls(let reason): reason
    }
  }
}
