import Foundation
import HubTestSupport

/// What is done to the servers that the hub needs.
extension Injector {
  // MARK: The replica set

  /// Which member it is now; nil while there is no primary.
  func member(_ place: Fault.Place, _ fault: Fault) -> Int? {
    guard let primary = cluster.primary else { return nil }
    switch place {
    case .primary: return primary
    case .secondary: return (primary + 1 + fault.target % 2) % 3
    }
  }

  func muteOpen(_ proxy: SilentProxy) -> () throws -> Void {
    proxy.muteOpen()
    return { proxy.speak() }
  }

  func injectInPrimary(_ fault: Fault) -> () throws -> Void {
    guard let primary = cluster.primary else { return {} }
    let admin = cluster.admins[primary]
    switch fault.kind {
    case .stepDown: admin.stepDown()
    case .transientErrors(let times):
      admin.fail(
        ["insert", "update", "commitTransaction"], times: Int32(times), .error(251, label: "TransientTransactionError"))
    case .commitAnswerLost(let times): admin.fail(["commitTransaction"], times: Int32(times), .writeConcern(91))
    case .commitConnectionLost(let times): admin.fail(["commitTransaction"], times: Int32(times), .closeConnection)
    case .writeConcernLate(let times):
      admin.fail(["commitTransaction", "update"], times: Int32(times), .writeConcern(64))
    default: break
    }
    return { admin.fail([], times: 0, nil) }
  }

  // MARK: Redis

  func injectInRedis(_ fault: Fault) throws -> () throws -> Void {
    let (cluster, port) = (cluster, cluster.redis.port)
    switch fault.kind {
    case .wipeRedis: try RedisAsker.ask(port, "FLUSHALL")
    case .pauseRedis: try RedisAsker.ask(port, "CLIENT", "PAUSE", "\(fault.lastsMs)", "ALL")
    case .freezeRedis: return freeze(cluster.redis)
    case .restartRedisEmpty:
      cluster.redis.kill()
      try? FileManager.default.removeItem(at: cluster.dump)
      return { try cluster.startRedis() }
    case .restartRedisOld:
      try RedisAsker.ask(port, "SAVE")
      // It forgets, as a server does that saves only now and then, what comes between here and the restart.
      return {
        cluster.redis.kill()
        try cluster.startRedis()
      }
    case .halfOpenRedis: return muteOpen(cluster.proxy)
    case .silentRedis:
      cluster.proxy.mute()
      return { cluster.proxy.speak() }
    default: break
    }
    return {}
  }
}
