public import HubContracts
import HubRuntime
import Orders

/// What a Redis says of itself.
public struct RedisFacts: Sendable, Equatable {
  /// What it is among others.
  public enum Role: String, Sendable { case master, replica, other }
  /// `7.0.15`
  public var version: String
  public var role: Role
  public var isLoading: Bool
  public var maxmemoryBytes: Int64
  public var maxmemoryPolicy: String
  /// How far its clock is ahead of this process's.
  public var clockAheadMs: Int64
  public var runID: String
  public var replicationID: String

  public init(
    version: String, role: Role, isLoading: Bool = false, maxmemoryBytes: Int64 = 0,
    maxmemoryPolicy: String = "noeviction", clockAheadMs: Int64 = 0, runID: String = "", replicationID: String = ""
  ) {
    self.version = version
    self.role = role
    self.isLoading = isLoading
    self.maxmemoryBytes = maxmemoryBytes
    self.maxmemoryPolicy = maxmemoryPolicy
    self.clockAheadMs = clockAheadMs
    self.runID = runID
    self.replicationID = replicationID
  }

  public var mayEvict: Bool { maxmemoryBytes > 0 && maxmemoryPolicy != "noeviction" }

  public static func ask(_ options: RedisOptions, clock: any HubClock) async throws(RedisProblem) -> RedisFacts {
    let outcome: Result<RedisFacts, RedisProblem> = await withCheckedContinuation { continuation in
      Thread.start(name: "redis-facts") {
        continuation.resume(returning: Result { () throws(RedisProblem) in try read(options, clock) })
      }.detach()
    }
    return try outcome.get()
  }

  private static func read(_ options: RedisOptions, _ clock: any HubClock) throws(RedisProblem) -> RedisFacts {
    let deadline = monotonicMicros() + 2_000_000
    var answers: [RedisReply]
    let before: Int64
    do {
      let socket = try RedisSocket(host: options.host, port: options.port, deadline: deadline)
      let greeting = options.greeting
      if greeting.replies > 0 {
        for reply in try socket.call(greeting, deadline: deadline) {
          if let error = reply.error { throw RedisProblem.refused(error) }
        }
      }
      var pipeline = Pipeline()
      for section in ["server", "memory", "replication", "persistence"] { pipeline.command(["INFO", section]) }
      answers = try socket.call(pipeline, deadline: deadline)
      var time = Pipeline()
      time.command(["TIME"])
      before = clock.now().millis
      answers += try socket.call(time, deadline: deadline)
    } catch let problem as RedisProblem {
      throw problem
    } catch {
      throw .unreachable((error as? LinkFailure)?.reason ?? "\(error)")
    }
    let after = clock.now().millis
    for reply in answers { if let error = reply.error { throw .refused(error) } }
    var values: [String: String] = [:]
    for text in answers.dropLast().compactMap(\.bytes) {
      for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
      }
    }
    let time = (answers.last?.array ?? []).compactMap(\.bytes).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
    let serverMs = time.count == 2 ? time[0] &* 1_000 &+ time[1] / 1_000 : before
    return RedisFacts(
      version: values["redis_version"] ?? "?",
      role: values["role"] == "master" ? .master : values["role"] == "slave" ? .replica : .other,
      isLoading: values["loading"] == "1", maxmemoryBytes: values["maxmemory"].flatMap { Int64($0) } ?? 0,
      maxmemoryPolicy: values["maxmemory_policy"] ?? "noeviction",
      clockAheadMs: serverMs &- (before &+ (after &- before) / 2), runID: values["run_id"] ?? "",
      replicationID: values["master_replid"] ?? "")
  }
}

/// Why a Redis could not be asked.
public enum RedisProblem: Error, Sendable, Equatable, CustomStringConvertible {
  case unreachable(String)
  case refused(String)
  case tls(String)
  public var description: String {
    switch self {
    case .unreachable(let text), .refused(let text), .tls(let text): text
    }
  }
}
