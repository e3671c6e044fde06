import HubContracts
import HubRuntime
import MongoStore
import RedisHub

/// What a process needs of its servers, looked at before it relies on them.
extension Wiring {
  /// What the MongoDB of the settings is like.
  func mongoConditions() async -> [Condition] {
    let mongo = settings.mongo
    do throws(MongoURIError) {
      let options = try MongoOptions(
        uri: mongo.uri, database: mongo.database, threads: mongo.threads, queueLimit: mongo.queueLimit)
      return await MongoInspection.conditions(options, clock: clock)
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
  func serverConditions() async -> [Condition] {
    async let mongo = mongoConditions()
    async let redis = redisConditions()
    return await mongo + redis
  }

  /// What `/readyz?verbose` tells of a process that uses both servers, or Redis alone, and perhaps keeps secrets.
  func board(usesMongo: Bool = true, keepsSecrets: Bool = false) -> ConditionBoard {
    ConditionBoard {
      (usesMongo ? await serverConditions() : await redisConditions()) + (keepsSecrets ? [secretsCondition] : [])
    }
  }

  /// Says what is not as it should be; false, after one line that says what to do, if `process` must not start so.
  func mayStart(_ process: String, usesMongo: Bool = true) async -> Bool {
    let conditions = usesMongo ? await serverConditions() : await redisConditions()
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
