import HubContracts
import HubRuntime

/// Hears what programs outside the hub send with Socket.IO's emitter. What cannot be read is counted, and said in the
/// log at most once a second.
///
/// Owner: the bus's thread.
struct EmitterEar {
  private let log: Log
  private let heard: Counter
  private let broken: Counter
  private var unsaid = 0
  private var nextWord: UInt64 = 0

  /// How often the log hears of broken messages at most, in microseconds.
  private static let silenceMicros: UInt64 = 1_000_000
  /// How many bytes of a channel's name the log shows.
  private static let channelShown = 100

  init(log: Log, metrics: Metrics) {
    self.log = log
    heard = metrics.counter(.emitterEvents)
    broken = metrics.counter(.emitterBroken)
  }

  /// The event of a message; nil if it is none. `now` is in microseconds of the clock that never jumps.
  mutating func event(
    _ content: UnsafeRawBufferPointer, channel: UnsafeRawBufferPointer, now: UInt64
  ) -> EmittedEvent? {
    do {
      let event = try EmitterMessage.read(content, channel: channel)
      heard.add()
      return event
    } catch {
      broken.add()
      unsaid += 1
      guard now >= nextWord else { return nil }
      let name = String(decoding: channel.prefix(Self.channelShown), as: UTF8.self)
      log.warning(
        "what Socket.IO's emitter sent cannot be read",
        [("reason", error.reason), ("channel", name), ("messages", String(unsaid))])
      unsaid = 0
      nextWord = now + Self.silenceMicros
      return nil
    }
  }
}
