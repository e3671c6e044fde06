import HubRuntime
import Orders

/// The mark says which server, with which history of writes, the keys in Redis were written to. Where it is another one
/// (a dump was read, a replica was promoted, an old master came back with its successor's data) what is there is removed
/// before it is read.
extension LinkThread {
  /// How long another process may take to remove an older server's keys before this one tries again from the start.
  private static let cleanseWaitMicros: UInt64 = 60_000_000
  /// How many keys a step of the removal looks at.
  private static let scanCount = "500"

  /// Removes what an older server left, unless that was done: old state must not be read, nor old versions be compared
  /// with. One process does it, the others wait. Gives the mark that stands there then.
  func cleanse(_ data: RedisSocket, _ server: RedisServer) throws(LinkFailure) -> [UInt8] {
    guard intake.takeCleanse() else { return try cleanse(data, server, forced: false) }
    shared.near.doubts.clearing()
    let mark: [UInt8]
    do {
      mark = try cleanse(data, server, forced: true)
    } catch {
      intake.stillWantCleanse()
      throw error
    }
    shared.near.doubts.cleared()
    return mark
  }

  private func cleanse(
    _ data: RedisSocket, _ server: RedisServer, forced: Bool
  ) throws(LinkFailure) -> [UInt8] {
    let token = shared.ids.token(bytes: 16)
    let deadline = monotonicMicros() + Self.cleanseWaitMicros
    if !forced, let mark = try mark(data, of: server) { return mark }
    while true {
      if intake.isStopping { throw LinkFailure("the cache was stopped") }
      guard monotonicMicros() < deadline else { throw LinkFailure("another process removes old keys for too long") }
      if try lockCleanse(data, token) {
        // Another process may have finished between the look and the lock.
        if !forced, let mark = try mark(data, of: server) {
          try unlockCleanse(data, token)
          return mark
        }
        try remove(data, token)
        return try finishCleanse(data, server, token)
      }
      wait(milliseconds: 100)
      if !forced, let mark = try mark(data, of: server) { return mark }
    }
  }

  /// The mark that stands there, if it is one of this server as it is now.
  private func mark(_ data: RedisSocket, of server: RedisServer) throws(LinkFailure) -> [UInt8]? {
    var pipeline = Pipeline()
    pipeline.command(["GET", Keys.mark])
    guard let mark = try ask(data, pipeline)[0].bytes, mark.starts(with: server.mark.utf8) else { return nil }
    return mark
  }

  private func lockCleanse(_ data: RedisSocket, _ token: String) throws(LinkFailure) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.cleanse, token, "NX", "PX", String(Keys.lockMs)])
    return try ask(data, pipeline)[0] != .null
  }

  private func remove(_ data: RedisSocket, _ token: String) throws(LinkFailure) {
    // First the mark: who works with what is there hears of it and leaves before a key is gone.
    var goodbye = Pipeline()
    goodbye.command(["DEL", Keys.mark])
    _ = try ask(data, goodbye)
    var cursor = Array("0".utf8)
    var removed = 0
    // Ends when the cursor is back at 0; every step is bounded and may be stopped.
    repeat {
      if intake.isStopping { throw LinkFailure("the cache was stopped") }
      var pipeline = Pipeline()
      pipeline.command(["SET", Keys.cleanse, token, "PX", String(Keys.lockMs)])
      pipeline.command("SCAN", arguments: 4)
      pipeline.data(cursor)
      pipeline.text("COUNT")
      pipeline.text(Self.scanCount)
      let page = try ask(data, pipeline)[1].array ?? []
      guard page.count == 2, let next = page[0].bytes else { throw LinkFailure("SCAN answers something else") }
      let old = (page[1].array ?? []).compactMap(\.bytes).filter { key in
        Keys.perishable.contains { key.starts(with: $0) }
      }
      if !old.isEmpty {
        var unlink = Pipeline()
        unlink.command("UNLINK", arguments: old.count + 1)
        for key in old { unlink.data(key) }
        _ = try ask(data, unlink)
        removed += old.count
      }
      cursor = next
    } while cursor != Array("0".utf8)
    shared.log.info("removed what an older server left in Redis", [("keys", String(removed))])
  }

  /// Puts a mark that was never there before: whoever missed that the old one went sees it by that.
  private func finishCleanse(
    _ data: RedisSocket, _ server: RedisServer, _ token: String
  ) throws(LinkFailure) -> [UInt8] {
    let mark = "\(server.mark) \(token)"
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.mark, mark])
    _ = try ask(data, pipeline)
    try unlockCleanse(data, token)
    return Array(mark.utf8)
  }

  private func unlockCleanse(_ data: RedisSocket, _ token: String) throws(LinkFailure) {
    var pipeline = Pipeline()
    Script.unlock.add(to: &pipeline, digests: shared.digests.with { $0 }, keys: 1, arguments: 1)
    pipeline.text(Keys.cleanse)
    pipeline.text(token)
    _ = try ask(data, pipeline)
  }
}
