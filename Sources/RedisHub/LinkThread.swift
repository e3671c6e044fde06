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
  /// Batches whose last reply has come, until their callers go on.
  private var answered: [Batch] = []

  /// For so long after Redis was lost or emptied no fills are taken: longer than a read of the store usually takes.
  private static let settleMicros: UInt64 = 1_000_000

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
        wait(milliseconds: backoff.next())
      }
    }
    fall(CacheUnavailable("the cache was stopped"))
  }

  private func stand(_ pair: LinkPair) {
    if attempts > 1 {
      shared.fillsFrom.with { $0 = monotonicMicros() + Self.settleMicros }
      shared.meters.reconnects.add()
    }
    backoff.reset()
    wasUp = true
    heart = Heartbeat(now: monotonicMicros())
    keepsCopies = pair.isTracked
    if keepsCopies { shared.near.open() }
    shared.meters.up.set(1)
    intake.open()
    shared.log.info("Redis answers", [("copies", pair.isTracked ? "kept at hand" : "not kept at hand")])
  }

  private func fall(_ reason: CacheUnavailable) {
    shared.near.close()
    keepsCopies = false
    shared.meters.up.set(0)
    intake.shut(reason)
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
    var woken = true
    while true {
      let now = monotonicMicros()
      let work = intake.drain(woken: woken)
      if work.stopping { return }
      if work.cleanseWanted { throw LinkFailure("what Redis holds is to be removed") }
      if heart.isBroken(now: now) { throw LinkFailure("no heartbeat came back for 3 s") }
      if now >= heart.next { beat(pair, now: now) }
      for batch in work.batches { put(batch, on: pair) }
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
      if entries[2].revents != 0 { try answer(pair) }
      judge()
      keepCopies(pair)
    }
  }

  private func put(_ batch: Batch, on pair: LinkPair) {
    pair.data.send(batch.pipeline.bytes)
    flight.push(batch)
    shared.meters.traffic.add(batch.pipeline.replies)
  }

  private func beat(_ pair: LinkPair, now: UInt64) {
    var pipeline = Pipeline(room: 96)
    pipeline.command("PUBLISH", arguments: 3)
    pipeline.text(pair.beatChannel)
    pipeline.number(heart.send(now: now))
    let deadline = now + shared.options.timeoutMicros
    // The heart needs no room in the queue, and gives none back: see `answer`.
    pair.data.send(pipeline.bytes)
    flight.push(Batch(pipeline, deadline: deadline, nil, countsInQueue: false))
  }

  private func answer(_ pair: LinkPair) throws(LinkFailure) {
    // What came before a failure is answered all the same.
    defer { settle() }
    try pair.data.receive { reply in
      let (expected, done) = flight.take(RedisReply(reply))
      if !expected { strayReply = true }
      if let done { answered.append(done) }
    }
    if strayReply {
      strayReply = false
      throw LinkFailure("a reply came that nobody had asked for")
    }
  }

  /// Makes room in the queue, then lets the callers go on: whoever goes on finds the room that it gave back.
  private func settle() {
    var commands = 0
    var bytes = 0
    for batch in answered where batch.countsInQueue {
      commands += batch.pipeline.replies
      bytes += batch.pipeline.bytes.count
    }
    if commands > 0 { intake.release(commands: commands, bytes: bytes) }
    for batch in answered { batch.finish(.success(batch.replies)) }
    answered.removeAll(keepingCapacity: true)
  }

  /// Redis is slow from the first overdue reply until all overdue replies have come.
  private func judge() {
    let reason = CacheUnavailable("Redis did not answer in \(shared.options.timeoutMs) ms")
    let expired = flight.expire(now: monotonicMicros(), reason)
    shared.meters.timeouts.add(expired)
    if flight.isOverdue, !isSlow {
      isSlow = true
      shared.meters.up.set(0)
      intake.shut(reason)
      shared.log.warning("Redis is slow", [("timeoutMs", String(shared.options.timeoutMs))])
    } else if isSlow, !flight.isOverdue {
      isSlow = false
      shared.meters.up.set(1)
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

  /// A message on the second connection: a heartbeat, keys that changed, or the word that all of them did.
  private func hear(_ message: UnsafePointer<redisReply>, _ pair: LinkPair) {
    guard let channel = message.pointee.part(1), let content = message.pointee.part(2) else { return }
    if channel.pointee.buffer.elementsEqual(Keys.invalidate.utf8) {
      switch content.pointee.type {
      case REDIS_REPLY_ARRAY:
        for index in 0..<content.pointee.elements {
          if let key = content.pointee.part(index) { shared.near.invalidate(key.pointee.buffer) }
        }
      case REDIS_REPLY_NIL: emptied(pair)
      default: break
      }
    } else if channel.pointee.buffer.elementsEqual(pair.beatChannel.utf8) {
      heart.hear(content.pointee.buffer)
    }
  }

  /// Somebody emptied Redis: nothing kept is right, and the mark of this server must stand there again, or the next
  /// process to connect would take what is written from now on for an older server's.
  private func emptied(_ pair: LinkPair) {
    shared.near.dropAll()
    let now = monotonicMicros()
    shared.fillsFrom.with { $0 = now + Self.settleMicros }
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.runID, pair.runID, "NX"])
    pair.data.send(pipeline.bytes)
    flight.push(
      Batch(pipeline, deadline: now + shared.options.timeoutMicros, nil, countsInQueue: false))
    shared.log.warning("Redis was emptied")
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
  /// The server's run id.
  let runID: String
}
