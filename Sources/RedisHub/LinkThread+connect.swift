import CHiredis
import HubRuntime
import Orders

extension LinkThread {
  /// How many orders' keys one command removes.
  private static let ordersAtOnce = 500

  /// Makes both connections, turns tracking on, loads the scripts, makes sure that what Redis holds is its own, and takes
  /// back what this process knows to be old there.
  func connect() throws(LinkFailure) -> LinkPair {
    let notices = try greet()
    let data = try greet()
    let beatChannel = "orderhub:beat:\(shared.ids.token(bytes: 8))"

    var pipeline = Pipeline()
    pipeline.command(["CLIENT", "ID"])
    pipeline.command(["SUBSCRIBE", Keys.invalidate, Keys.tenantNews, beatChannel], replies: 3)
    let answers = try ask(notices, pipeline)
    guard let id = answers[0].integer else { throw LinkFailure("the connection has no id") }

    let isTracked = try track(data, redirect: id)
    try loadScripts(data)
    var question = Pipeline()
    RedisServer.ask(&question)
    let server = try RedisServer(try ask(data, question))
    let mark = try cleanse(data, server)
    try takeBack(data)
    try watchMark(data, mark, isTracked)
    return LinkPair(
      data: data, notices: notices, beatChannel: beatChannel, isTracked: isTracked, server: server, mark: mark)
  }

  /// One connection, to a master.
  private func greet() throws(LinkFailure) -> RedisSocket {
    let socket = try RedisSocket(shared.options, deadline: monotonicMicros() + shared.options.silenceMicros)
    try RedisServer.checkRole(try ask(socket, shared.options.greeting).last)
    return socket
  }

  /// Only what is asked for by `CLIENT CACHING YES` is tracked: locks, scripts and fills need no notices.
  private func track(_ data: RedisSocket, redirect id: Int64) throws(LinkFailure) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["CLIENT", "TRACKING", "ON", "REDIRECT", String(id), "OPTIN"])
    let answer = try data.call(pipeline, deadline: monotonicMicros() + shared.options.silenceMicros)
    guard let refusal = answer[0].error else { return true }
    shared.log.warning("Redis does not say what changes, so nothing is kept at hand", [("reason", refusal)])
    return false
  }

  private func loadScripts(_ data: RedisSocket) throws(LinkFailure) {
    let answers = try ask(data, Script.loading)
    shared.digests.with { digests in digests = answers.compactMap(\.bytes) }
  }

  /// Removes the copies in Redis of what this process has written and could not publish: the other processes do not
  /// know that they are old. Whoever comes back takes its own back before anybody believes what is there.
  private func takeBack(_ data: RedisSocket) throws(LinkFailure) {
    for pipeline in oldCopies() { _ = try ask(data, pipeline) }
  }

  /// The commands that do so.
  func oldCopies() -> [Pipeline] {
    let (orders, scopes) = shared.near.doubts.named
    var pipelines: [Pipeline] = []
    let suffixes = [Keys.version, Keys.status, Keys.progress, Keys.remaining, Keys.document]
    for start in stride(from: 0, to: orders.count, by: Self.ordersAtOnce) {
      let some = orders[start..<min(start + Self.ordersAtOnce, orders.count)]
      var pipeline = Pipeline(room: 48 * suffixes.count * some.count)
      pipeline.command("UNLINK", arguments: 1 + suffixes.count * some.count)
      for id in some { for suffix in suffixes { pipeline.order(id, suffix) } }
      pipelines.append(pipeline)
    }
    if !scopes.isEmpty {
      var pipeline = Pipeline()
      pipeline.command(["UNLINK"] + scopes.map(\.renderedKey))
      pipelines.append(pipeline)
    }
    return pipelines
  }

  /// From here on Redis says so when the mark goes, and the server takes writes.
  private func watchMark(_ data: RedisSocket, _ mark: [UInt8], _ isTracked: Bool) throws(LinkFailure) {
    var pipeline = Pipeline()
    if isTracked { pipeline.command(["CLIENT", "CACHING", "YES"]) }
    pipeline.command(["GET", Keys.mark])
    pipeline.command(Keys.beating)
    let answers = try ask(data, pipeline)
    guard answers[answers.count - 2] == .bytes(mark) else {
      throw LinkFailure("another process began to remove old keys just now", .server)
    }
  }

  /// Asks and waits; an error among the answers is a failure of the connection.
  func ask(_ socket: RedisSocket, _ pipeline: Pipeline) throws(LinkFailure) -> [RedisReply] {
    try socket.ask(pipeline, deadline: monotonicMicros() + shared.options.silenceMicros)
  }
}
