import HubContracts
import HubRuntime
import MongoStore
import RedisHub

/// What a process needs of its servers, looked at before it relies on them.
extension Wiring {
  /// What the MongoDB of the settings is like for a process's use of it.
  func mongoConditions(for use: MongoUse = .everything) async -> [Condition] {
    let mongo = settings.mongo
    do throws(MongoURIError) {
      let options = try MongoOptions(
        uri: mongo.uri, database: mongo.database, threads: mongo.threads, queueLimit: mongo.queueLimit)
      return await MongoInspection.conditions(options, for: use, clock: clock)
    } catch {
      return [
        Condition(
          "mongodb.uri", .unmet, found: "MONGODB_URI cannot be read: \(error)",
          wanted: "mongodb://HOST/DATABASE?replicaSet=RS",
          remedy: "correct MONGODB_URI", isVital: true)
      ]
    }
  }

  /// What the Redis of the settings is like.
  func redisConditions() async -> [Condition] { await RedisFacts.conditions(redisOptions, clock: clock) }

  /// What both are like.
  func serverConditions(for use: MongoUse = .everything) async -> [Condition] {
    async let mongo = mongoConditions(for: use)
    async let redis = redisConditions()
    return await mongo + redis
  }

  /// What `/readyz?verbose` tells of a process that looks for ended tokens or does not, and what it has to say further.
  func board(
    for use: MongoUse = .everything, _ look: EndedTokenLook? = nil,
    and further: @escaping @Sendable () async -> [Condition] = { [] }
  ) -> ConditionBoard {
    ConditionBoard { await serverConditions(for: use) + [look?.condition].compactMap(\.self) + (await further()) }
  }

  /// Says what is not as it should be; false, after one line that says what to do, if `process` must not start so.
  func mayStart(_ process: String, for use: MongoUse = .everything) async -> Bool {
    let conditions = await serverConditions(for: use)
    if let refusal = conditions.first(where: \.refusesStart) {
      log.error("\(process) does not start: \(refusal.line)")
      logWriter.close()
      return false
    }
    for condition in conditions {
      switch condition.state {
      case .ok, .unknown: break
      case .doubtful: log.warning(condition.line)
      case .unmet: log.error(condition.line)
      }
    }
    return true
  }
}
