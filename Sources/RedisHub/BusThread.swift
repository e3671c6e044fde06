import CHiredis
import Glibc
import HubContracts
import HubRuntime
import Orders

/// What the bus's thread does. Owner: that thread.
final class BusThread {
  private let options: RedisOptions
  private let log: Log
  private let meters: LinkMeters
  private let wishes: BusWishes
  private let tie: ServerTie
  private let listener: any BusListener
  private var emitter: EmitterEar?
  private var backoff: Backoff
  private var table = ChannelTable()
  private var subscribed: Set<TenantID> = []
  /// Subscriptions that are asked for and not yet confirmed.
  private var awaited = 0
  private var isLost = false
  private var connections = 0
  /// Since when it stands; nil while it does not.
  private var stoodFrom: UInt64?

  /// How often the server is asked for a sign of life, in microseconds. A PING on a subscribed connection is answered
  /// among the messages, so it tests the very way that they take.
  private static let beatMicros: UInt64 = 1_000_000
  /// One that stood for less, in microseconds, was no good one: the next waits longer.
  private static let goodMicros: UInt64 = 2_000_000
  /// How many channels one command names.
  private static let channelsAtOnce = 500

  /// `emitter` hears Socket.IO's emitter; nil where nobody does.
  init(
    options: RedisOptions, ids: any IdentitySource, log: Log, meters: LinkMeters, wishes: BusWishes, tie: ServerTie,
    listener: any BusListener, emitter: EmitterEar?
  ) {
    self.options = options
    self.log = log
    self.meters = meters
    self.wishes = wishes
    self.tie = tie
    self.listener = listener
    self.emitter = emitter
    backoff = Backoff(ids: ids)
  }

  /// Runs until the bus is stopped.
  func run() {
    while !wishes.isStopping {
      do {
        let socket = try connect()
        try serve(socket)
      } catch {
        lose(error)
        var entry = pollfd(fd: wishes.descriptor, events: Int16(POLLIN), revents: 0)
        // A wish made now waits for the connection.
        if poll(&entry, 1, backoff.next()) > 0 { _ = wishes.changes() }
      }
    }
    meters.up.set(0)
  }

  private func lose(_ failure: LinkFailure) {
    meters.up.set(0)
    tie.busFell()
    if let stoodFrom, monotonicMicros() > stoodFrom + Self.goodMicros { backoff.reset() }
    stoodFrom = nil
    if isLost || wishes.isStopping { return }
    isLost = true
    log.warning("the bus is away", [("reason", failure.reason)])
    listener.lost()
  }

  private func connect() throws(LinkFailure) -> RedisSocket {
    let deadline = monotonicMicros() + options.silenceMicros
    let socket = try RedisSocket(options, deadline: deadline)
    try RedisServer.checkRole(try socket.ask(options.greeting, deadline: deadline).last)
    var question = Pipeline()
    RedisServer.ask(&question)
    tie.busStands(on: try RedisServer(try socket.ask(question, deadline: deadline)).runID)
    subscribed = []
    table = ChannelTable()
    awaited = 0
    for tenant in wishes.all() { subscribed.insert(tenant) }
    try ask("SUBSCRIBE", Array(subscribed), socket)
    for tenant in subscribed { table.add(tenant) }
    if emitter != nil {
      var pipeline = Pipeline()
      pipeline.command(["PSUBSCRIBE", EmitterMessage.pattern])
      try socket.send(pipeline.bytes)
      awaited += 1
    }
    connections += 1
    if connections > 1 { meters.reconnects.add() }
    return socket
  }

  private func serve(_ socket: RedisSocket) throws(LinkFailure) {
    var lastWord = monotonicMicros()
    var nextBeat = lastWord
    var isUp = false
    while true {
      let now = monotonicMicros()
      if wishes.isStopping { return }
      if let reason = tie.takeBusMustLeave() { throw LinkFailure(reason, .server) }
      if now > lastWord + options.silenceMicros {
        throw LinkFailure("not a word for \(options.silenceMicros / 1_000_000) s")
      }
      if now >= nextBeat {
        var pipeline = Pipeline(room: 16)
        pipeline.command(["PING"])
        try socket.send(pipeline.bytes)
        nextBeat = now + Self.beatMicros
      }
      try socket.flush()
      var entries = [
        pollfd(fd: wishes.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: socket.descriptor, events: socket.interest, revents: 0),
      ]
      poll(&entries, 2, nextBeat <= now ? 0 : Int32(clamping: (nextBeat - now + 999) / 1_000))
      if entries[0].revents != 0 { try follow(wishes.changes(), socket) }
      if entries[1].revents & ~Int16(POLLOUT) != 0 {
        try receive(socket)
        lastWord = monotonicMicros()
        // A PING goes out first, so there is a word even where nothing is subscribed to.
        if !isUp, awaited == 0 {
          isUp = true
          stand()
        }
      }
    }
  }

  private func stand() {
    stoodFrom = monotonicMicros()
    meters.up.set(1)
    log.info("the bus stands", [("tenants", String(subscribed.count))])
    guard isLost else { return }
    isLost = false
    listener.restored()
  }

  private func follow(_ changes: [(tenant: TenantID, wanted: Bool)], _ socket: RedisSocket) throws(LinkFailure) {
    // One that was unwished and wished again since the last look stands still, yet whoever wished waits for the word that
    // it does: Redis confirms once more.
    let added = changes.filter(\.wanted).map(\.tenant)
    subscribed.formUnion(added)
    let removed = changes.filter { !$0.wanted && subscribed.remove($0.tenant) != nil }.map(\.tenant)
    for tenant in added { table.add(tenant) }
    for tenant in removed { table.remove(tenant) }
    try ask("SUBSCRIBE", added, socket)
    try ask("UNSUBSCRIBE", removed, socket)
  }

  private func ask(_ command: String, _ tenants: [TenantID], _ socket: RedisSocket) throws(LinkFailure) {
    for start in stride(from: 0, to: tenants.count, by: Self.channelsAtOnce) {
      let some = tenants[start..<min(start + Self.channelsAtOnce, tenants.count)]
      var pipeline = Pipeline(room: 64 * some.count)
      pipeline.command(command, arguments: 1 + some.count)
      for tenant in some { pipeline.text(Keys.channel(tenant)) }
      try socket.send(pipeline.bytes)
    }
    if command == "SUBSCRIBE" { awaited += tenants.count }
  }

  private func receive(_ socket: RedisSocket) throws(LinkFailure) {
    var messages = 0
    var refusal: String?
    // What was received before a failure goes out all the same.
    defer {
      if messages > 0 {
        meters.traffic.add(messages)
        listener.flush()
      }
    }
    try socket.receive { reply in
      switch word(reply) {
      case .message(let channel, let content):
        guard let tenant = table.tenant(of: channel) else { return }
        listener.received(content, tenant: tenant)
        messages += 1
      case .subscribed(let channel):
        awaited -= 1
        if let tenant = table.tenant(of: channel) { listener.subscribed(tenant) }
      case .emitted(let channel, let content):
        messages += 1
        if let event = emitter?.event(content, channel: channel, now: monotonicMicros()) { listener.emitted(event) }
      case .subscribedToEmitter: awaited -= 1
      case .refused(let reason): refusal = reason
      case .other: break
      }
    }
    if let refusal { throw LinkFailure(refusal: refusal) }
  }

  private enum Word {
    case message(channel: UnsafeRawBufferPointer, content: UnsafeRawBufferPointer)
    case subscribed(channel: UnsafeRawBufferPointer)
    case emitted(channel: UnsafeRawBufferPointer, content: UnsafeRawBufferPointer)
    case subscribedToEmitter
    case refused(String)
    case other
  }

  /// What a reply says; the buffers live as long as it does.
  private func word(_ reply: UnsafePointer<redisReply>) -> Word {
    if reply.pointee.type == REDIS_REPLY_ERROR {
      return .refused(String(decoding: reply.pointee.buffer, as: UTF8.self))
    }
    guard let kind = reply.pointee.part(0)?.pointee.buffer, let channel = reply.pointee.part(1)?.pointee.buffer,
      kind.count > 1
    else { return .other }
    // `message`, `subscribe`, `unsubscribe` differ in their first letter, `pmessage`, `psubscribe`, `pong` in their second.
    switch kind[0] {
    case UInt8(ascii: "m"):
      guard let content = reply.pointee.part(2)?.pointee.buffer else { return .other }
      return .message(channel: channel, content: content)
    case UInt8(ascii: "s"): return .subscribed(channel: channel)
    case UInt8(ascii: "p") where kind[1] == UInt8(ascii: "s"): return .subscribedToEmitter
    case UInt8(ascii: "p") where kind[1] == UInt8(ascii: "m"):
      guard let name = reply.pointee.part(2)?.pointee.buffer, let content = reply.pointee.part(3)?.pointee.buffer
      else { return .other }
      return .emitted(channel: name, content: content)
    default: return .other
    }
  }
}
