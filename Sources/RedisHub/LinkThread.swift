import CHiredis
import Glibc
import HubContracts
import HubRuntime
import Orders

/// What the link's thread does: connects, serves until something breaks, and connects again, for ever.
///
/// Owner: that thread.
final class LinkThread {
  let intake: Intake
  let shared: LinkShared
  private var flight = Flight()
  private var backoff: Backoff
  private var wasUp = false
  private var attempts = 0
  private var isSlow = false
  private var heart = Heartbeat(now: 0)
  /// Whether copies are kept at hand.
  private var keepsCopies = false
  /// Why the last attempt failed, so that the log says it once.
  private var lastFailure: LinkFailure?
  private var strayReply = false
  /// Batches that were taken from the intake and are not in flight yet: whatever comes between, their callers are told.
  private var taken: [Batch] = []
  /// An error among the replies that says that the server is not the one to ask.
  private var noMaster: String?
  /// Why what Redis holds is to be looked at anew.
  private var doubt: String?
  /// Since when the pair stands; nil while none does.
  private var stoodFrom: UInt64?
  /// Batches whose last reply has come, until their callers go on.
  private var answered: [Batch] = []

  /// For so long after Redis was lost, emptied or replaced nothing is read from it and no fills are taken: longer than
  /// the other processes take to come back too, each of which then takes back what it could not publish, and longer than
  /// a read of the store usually takes.
  private static let settleMicros: UInt64 = 3_000_000
  /// The same after Redis was slow: all hear at the same time that it no longer is.
  private static let settleAfterSlowMicros: UInt64 = 500_000
  /// A pair that stood for less was no good one: the next waits longer.
  private static let goodPairMicros: UInt64 = 2_000_000

  init(intake: Intake, shared: LinkShared) {
    self.intake = intake
    self.shared = shared
    backoff = Backoff(ids: shared.ids)
  }

  /// Runs until the intake is stopped.
  func run() {
    while !intake.isStopping {
      do {
        attempts += 1
        let pair = try connect()
        stand(pair)
        try serve(pair)
        fall(CacheUnavailable("the cache was stopped"))
      } catch {
        if wasUp || error != lastFailure { shared.log.warning("Redis is away", [("reason", error.reason)]) }
        lastFailure = error
        fall(CacheUnavailable(error.reason))
        shared.tie.linkFell(error)
        wait(milliseconds: backoff.next())
      }
    }
    fall(CacheUnavailable("the cache was stopped"))
  }

  private func stand(_ pair: LinkPair) {
    let now = monotonicMicros()
    if attempts > 1 {
      shared.settledFrom.with { $0 = now + Self.settleMicros }
      shared.meters.reconnects.add()
    }
    wasUp = true
    stoodFrom = now
    (noMaster, doubt, strayReply) = (nil, nil, false)
    heart = Heartbeat(now: now)
    keepsCopies = pair.isTracked
    if keepsCopies { shared.near.open() }
    shared.meters.up.set(1)
    intake.open()
    shared.tie.linkStands(on: pair.server.runID)
    shared.log.info("Redis answers", [("copies", pair.isTracked ? "kept at hand" : "not kept at hand")])
  }

  private func fall(_ reason: CacheUnavailable) {
    shared.near.close()
    keepsCopies = false
    shared.meters.up.set(0)
    intake.shut(reason)
    if let stoodFrom, monotonicMicros() > stoodFrom + Self.goodPairMicros { backoff.reset() }
    stoodFrom = nil
    for batch in taken { flight.push(batch) }
    taken = []
    for batch in flight.abandon(reason) where batch.countsInQueue {
      intake.release(commands: batch.pipeline.replies, bytes: batch.pipeline.bytes.count)
    }
    wasUp = false
    isSlow = false
  }

  func wait(milliseconds: Int32) {
    var entry = pollfd(fd: intake.descriptor, events: Int16(POLLIN), revents: 0)
    if poll(&entry, 1, milliseconds) > 0 { _ = intake.drain(woken: true) }
  }

  private func serve(_ pair: LinkPair) throws(LinkFailure) {
    let silence = shared.options.silenceMicros
    var woken = true
    while true {
      let now = monotonicMicros()
      let work = intake.drain(woken: woken)
      taken = work.batches
      if work.stopping { return }
      if work.cleanseWanted { throw LinkFailure("what Redis holds is to be removed") }
      // Not a failure of the server: the bus, which is where it should be, is not to leave as well.
      if shared.tie.takeLinkMustLeave() { throw LinkFailure("the bus has found another server there") }
      if heart.isSilent(for: silence, now: now) {
        throw LinkFailure("no heartbeat came back for \(silence / 1_000_000) s")
      }
      if now >= heart.next { try beat(pair, now: now) }
      try put(on: pair)
      try pair.data.flush()
      let until = min(heart.next, flight.nextDeadline ?? .max, keepsCopies ? heart.freshUntil : .max)
      var entries = [
        pollfd(fd: intake.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pair.notices.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pair.data.descriptor, events: pair.data.interest, revents: 0),
      ]
      poll(&entries, 3, until <= now ? 0 : Int32(clamping: (until - now + 999) / 1_000))
      woken = entries[0].revents != 0
      // What changed is heard before what was read.
      if entries[1].revents != 0 { try pair.notices.receive { hear($0, pair) } }
      if let doubt { throw LinkFailure(doubt, .server) }
      if entries[2].revents != 0 { try answer(pair) }
      if let doubt { throw LinkFailure(doubt, .server) }
      try judge(pair)
      keepCopies(pair)
    }
  }

  /// Sends what was taken. All of it is in flight before the first byte: where sending fails, the flight ends for all.
  private func put(on pair: LinkPair) throws(LinkFailure) {
    let batches = taken
    taken = []
    for batch in batches { flight.push(batch) }
    for batch in batches {
      try pair.data.send(batch.pipeline.bytes)
      shared.meters.traffic.add(batch.pipeline.replies)
    }
  }

  /// Beside the beat it asks for the role and the mark and writes a little something: a server that was demoted, emptied
  /// or takes no writes goes on answering reads, and who only reads would never know.
  private func beat(_ pair: LinkPair, now: UInt64) throws(LinkFailure) {
    var pipeline = Pipeline(room: 256)
    pipeline.command("PUBLISH", arguments: 3)
    pipeline.text(pair.beatChannel)
    pipeline.number(heart.send(now: now))
    pipeline.command(["ROLE"])
    pipeline.command(["GET", Keys.mark])
    pipeline.command(Keys.beating)
    try own(pipeline, on: pair, now: now, isBeat: true)
  }

  /// Sends what nobody waits for. It needs no room in the queue, and gives none back: see `settle`.
  private func own(
    _ pipeline: Pipeline, on pair: LinkPair, now: UInt64, isBeat: Bool = false
  ) throws(LinkFailure) {
    try pair.data.send(pipeline.bytes)
    let deadline = now + shared.options.timeoutMicros
    flight.push(Batch(pipeline, deadline: deadline, nil, countsInQueue: false, isBeat: isBeat))
  }

  private func answer(_ pair: LinkPair) throws(LinkFailure) {
    // What came before a failure is answered all the same.
    defer { settle(pair) }
    try pair.data.receive { reply in
      if reply.pointee.type == REDIS_REPLY_ERROR, LinkFailure.saysNoMaster(reply.pointee.buffer) {
        noMaster = String(decoding: reply.pointee.buffer, as: UTF8.self)
      }
      let (expected, done) = flight.take(RedisReply(reply))
      if !expected { strayReply = true }
      if let done { answered.append(done) }
    }
    if strayReply { throw LinkFailure("a reply came that nobody had asked for") }
    if let noMaster { throw LinkFailure(refusal: noMaster) }
  }

  /// Makes room in the queue, then lets the callers go on: whoever goes on finds the room that it gave back.
  private func settle(_ pair: LinkPair) {
    var commands = 0
    var bytes = 0
    for batch in answered where batch.countsInQueue {
      commands += batch.pipeline.replies
      bytes += batch.pipeline.bytes.count
    }
    if commands > 0 { intake.release(commands: commands, bytes: bytes) }
    for batch in answered {
      if batch.isBeat { look(at: batch.replies, pair) }
      batch.finish(.success(batch.replies))
    }
    answered.removeAll(keepingCapacity: true)
  }

  /// What a beat was answered: whether this still is the server, and what it holds the hub's own.
  private func look(at replies: [RedisReply], _ pair: LinkPair) {
    do throws(LinkFailure) {
      guard replies.count == 4 else { throw LinkFailure("a beat was answered with something else") }
      try RedisServer.checkRole(replies[1])
      if replies[2] != .bytes(pair.mark) { throw LinkFailure(Self.markIsGone, .server) }
    } catch {
      doubt = doubt ?? error.reason
    }
  }

  private static let markIsGone = "what Redis holds was removed, or is another server's"

  /// Redis is slow from the first overdue reply until all overdue replies have come.
  private func judge(_ pair: LinkPair) throws(LinkFailure) {
    let now = monotonicMicros()
    let reason = CacheUnavailable("Redis did not answer in \(shared.options.timeoutMs) ms")
    let expired = flight.expire(now: now, reason)
    shared.meters.timeouts.add(expired)
    if flight.isOverdue, !isSlow {
      isSlow = true
      shared.meters.up.set(0)
      intake.shut(reason)
      shared.log.warning("Redis is slow", [("timeoutMs", String(shared.options.timeoutMs))])
    } else if isSlow, !flight.isOverdue {
      isSlow = false
      shared.meters.up.set(1)
      // What was refused meanwhile is old there: it goes before anybody reads.
      shared.settledFrom.with { $0 = max($0, now + Self.settleAfterSlowMicros) }
      for pipeline in oldCopies() { try own(pipeline, on: pair, now: now) }
      intake.open()
      shared.log.info("Redis answers in time again")
    }
  }

  /// Copies are at hand only while Redis answers in time and says what changes: else others may write what this process
  /// does not hear of. What is dropped is fetched anew afterwards.
  private func keepCopies(_ pair: LinkPair) {
    let mayKeep = pair.isTracked && !isSlow && heart.isFresh(now: monotonicMicros())
    guard mayKeep != keepsCopies else { return }
    keepsCopies = mayKeep
    if mayKeep {
      shared.near.open()
    } else {
      shared.near.close()
      if !isSlow { shared.log.warning("Redis says nothing for a second, so nothing is kept at hand") }
    }
  }

  /// A message on the second connection: a heartbeat, keys that changed, or the word that all of them did; or whose
  /// settings were changed.
  private func hear(_ message: UnsafePointer<redisReply>, _ pair: LinkPair) {
    guard let channel = message.pointee.part(1), let content = message.pointee.part(2) else { return }
    if channel.pointee.buffer.elementsEqual(Keys.invalidate.utf8) {
      switch content.pointee.type {
      case REDIS_REPLY_ARRAY:
        for index in 0..<content.pointee.elements {
          guard let key = content.pointee.part(index)?.pointee.buffer else { continue }
          shared.near.invalidate(key)
          if key.elementsEqual(Keys.mark.utf8) { doubt = Self.markIsGone }
        }
      // All of it: somebody emptied Redis, or it became a replica and has its master's data now. Nothing kept is right,
      // and what is there is looked at as by one who comes for the first time.
      case REDIS_REPLY_NIL: doubt = "Redis was emptied"
      default: break
      }
    } else if channel.pointee.buffer.elementsEqual(pair.beatChannel.utf8) {
      heart.hear(content.pointee.buffer)
    } else if channel.pointee.buffer.elementsEqual(Keys.tenantNews.utf8) {
      shared.near.tenants.hear(content.pointee.buffer)
    }
  }
}

/// Two connections that stand together.
struct LinkPair {
  /// Where commands go.
  let data: RedisSocket
  /// Where Redis says what changed.
  let notices: RedisSocket
  /// A channel that only this pair uses.
  let beatChannel: String
  /// Whether Redis says what changed.
  let isTracked: Bool
  /// The server.
  let server: RedisServer
  /// What says that the keys are this server's and that nobody has removed them since.
  let mark: [UInt8]
}
