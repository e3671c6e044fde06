import CHiredis
import HubRuntime
import Orders

extension LinkThread {
  /// How long the first words of a pair may take, in microseconds.
  private static let greetingMicros: UInt64 = 2_000_000
  /// How long another process may take to remove an older server's keys before this one tries again from the start.
  private static let cleanseWaitMicros: UInt64 = 60_000_000
  /// How many keys a step of the removal looks at.
  private static let scanCount = "500"

  /// Makes both connections, turns tracking on, loads the scripts, and makes sure that what Redis holds is its own.
  func connect() throws(LinkFailure) -> LinkPair {
    let notices = try greet()
    let data = try greet()
    let beatChannel = "orderhub:beat:\(shared.ids.token(bytes: 8))"

    var pipeline = Pipeline()
    pipeline.command(["CLIENT", "ID"])
    pipeline.command(["SUBSCRIBE", Keys.invalidate, beatChannel], replies: 2)
    let answers = try ask(notices, pipeline)
    guard let id = answers[0].integer else { throw LinkFailure("the connection has no id") }

    let isTracked = try track(data, redirect: id)
    try loadScripts(data)
    let runID = try runID(data)
    try cleanse(data, runID: runID)
    return LinkPair(data: data, notices: notices, beatChannel: beatChannel, isTracked: isTracked, runID: runID)
  }

  private func greet() throws(LinkFailure) -> RedisSocket {
    let options = shared.options
    let socket = try RedisSocket(
      host: options.host, port: options.port, deadline: monotonicMicros() + Self.greetingMicros)
    let pipeline = options.greeting
    if pipeline.replies > 0 { _ = try ask(socket, pipeline) }
    return socket
  }

  /// Only what is asked for by `CLIENT CACHING YES` is tracked: locks, scripts and fills need no notices.
  private func track(_ data: RedisSocket, redirect id: Int64) throws(LinkFailure) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["CLIENT", "TRACKING", "ON", "REDIRECT", String(id), "OPTIN"])
    let answer = try data.call(pipeline, deadline: monotonicMicros() + Self.greetingMicros)
    guard let refusal = answer[0].error else { return true }
    shared.log.warning("Redis does not say what changes, so nothing is kept at hand", [("reason", refusal)])
    return false
  }

  private func loadScripts(_ data: RedisSocket) throws(LinkFailure) {
    let answers = try ask(data, Script.loading)
    shared.digests.with { digests in digests = answers.compactMap(\.bytes) }
  }

  private func runID(_ data: RedisSocket) throws(LinkFailure) -> String {
    var pipeline = Pipeline()
    pipeline.command(["INFO", "server"])
    let text = String(decoding: try ask(data, pipeline)[0].bytes ?? [], as: UTF8.self)
    let mark = "run_id:"
    guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(mark) }) else {
      throw LinkFailure("the server has no run id")
    }
    return String(line.dropFirst(mark.count))
  }

  /// Removes what an older server left (a dump, a replica's state), unless that was done: old state must not be read,
  /// nor old versions be compared with. One process does it, the others wait.
  private func cleanse(_ data: RedisSocket, runID: String) throws(LinkFailure) {
    guard intake.takeCleanse() else { return try cleanse(data, runID: runID, forced: false) }
    shared.near.doubts.clearing()
    do {
      try cleanse(data, runID: runID, forced: true)
    } catch {
      intake.stillWantCleanse()
      throw error
    }
    shared.near.doubts.cleared()
  }

  private func cleanse(_ data: RedisSocket, runID: String, forced: Bool) throws(LinkFailure) {
    let token = shared.ids.token(bytes: 16)
    let deadline = monotonicMicros() + Self.cleanseWaitMicros
    var isDone = false
    if !forced { isDone = try knows(data, runID) }
    while !isDone {
      if intake.isStopping { throw LinkFailure("the cache was stopped") }
      guard monotonicMicros() < deadline else { throw LinkFailure("another process removes old keys for too long") }
      if try lockCleanse(data, token) {
        // Another process may have finished between the look and the lock.
        if forced { try remove(data, token) } else if try !knows(data, runID) { try remove(data, token) }
        try finishCleanse(data, runID, token)
        isDone = true
      } else {
        wait(milliseconds: 100)
        if !forced { isDone = try knows(data, runID) }
      }
    }
  }

  private func knows(_ data: RedisSocket, _ runID: String) throws(LinkFailure) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["GET", Keys.runID])
    return try ask(data, pipeline)[0] == .bytes(Array(runID.utf8))
  }

  private func lockCleanse(_ data: RedisSocket, _ token: String) throws(LinkFailure) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.cleanse, token, "NX", "PX", String(Keys.lockMs)])
    return try ask(data, pipeline)[0] != .null
  }

  private func remove(_ data: RedisSocket, _ token: String) throws(LinkFailure) {
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

  private func finishCleanse(_ data: RedisSocket, _ runID: String, _ token: String) throws(LinkFailure) {
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.runID, runID])
    Script.unlock.add(to: &pipeline, digests: shared.digests.with { $0 }, keys: 1, arguments: 1)
    pipeline.text(Keys.cleanse)
    pipeline.text(token)
    _ = try ask(data, pipeline)
  }

  /// Asks and waits; an error among the answers is a failure of the connection.
  private func ask(_ socket: RedisSocket, _ pipeline: Pipeline) throws(LinkFailure) -> [RedisReply] {
    let replies = try socket.call(pipeline, deadline: monotonicMicros() + Self.greetingMicros)
    for reply in replies {
      if let error = reply.error { throw LinkFailure("Redis refuses: \(error)") }
    }
    return replies
  }
}

extension RedisOptions {
  /// The first words of a connection.
  var greeting: Pipeline {
    var pipeline = Pipeline()
    if let password {
      pipeline.command(username.map { ["AUTH", $0, password] } ?? ["AUTH", password])
    }
    if database != 0 { pipeline.command(["SELECT", String(database)]) }
    return pipeline
  }
}
