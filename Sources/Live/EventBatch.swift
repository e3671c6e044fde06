import HubContracts
import LiveProtocol
import Orders

/// Events of one tenant that came together, encoded once for each protocol and shared by all sockets of all loops.
final class EventBatch: Sendable {
  let tenant: TenantID
  /// How many events there are.
  let count: Int
  /// Frames of the plain WebSocket.
  let plain: SharedBytes
  /// When the events happened, as far as they say.
  let happenedAtMs: [Int64]

  init(tenant: TenantID, count: Int, plain: [UInt8], happenedAtMs: [Int64]) {
    self.tenant = tenant
    self.count = count
    self.plain = SharedBytes(plain)
    self.happenedAtMs = happenedAtMs
  }

  /// How many bytes it holds.
  var byteCount: Int { plain.bytes.count + happenedAtMs.count * 8 }
}

/// A batch that still grows.
struct GrowingBatch {
  private var count = 0
  private var plain: [UInt8] = []
  private var happenedAtMs: [Int64] = []

  /// From how many bytes on a batch is sent without waiting for more.
  static let fullBytes = 128 * 1024

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { plain.count >= Self.fullBytes }

  /// Encodes an event.
  mutating func append(_ envelope: Envelope, of message: UnsafeRawBufferPointer) {
    count += 1
    PlainFrame.append(envelope, of: message, to: &plain)
    if let millis = envelope.atMillis(in: message) { happenedAtMs.append(millis) }
  }

  /// The batch, and a fresh start.
  mutating func take(tenant: TenantID) -> EventBatch {
    let batch = EventBatch(tenant: tenant, count: count, plain: plain, happenedAtMs: happenedAtMs)
    self = GrowingBatch()
    return batch
  }
}
