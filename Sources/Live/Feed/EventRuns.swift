import HubContracts
import Orders

/// Batches that came to a loop together, by tenant: those of one tenant leave in one write a socket.
struct EventRuns {
  private var runs: [[EventBatch]] = []
  private var bytes: [Int] = []
  private var places: [TenantID: Int] = [:]

  /// From how many bytes of one encoding on a run is not lengthened.
  private static let fullBytes = GrowingBatch.fullBytes

  var isEmpty: Bool { runs.isEmpty }

  /// Adds a batch behind its tenant's others.
  mutating func append(_ batch: EventBatch) {
    let size = batch[.plain].bytes.count
    if let place = places[batch.tenant], bytes[place] + size <= Self.fullBytes {
      runs[place].append(batch)
      bytes[place] += size
    } else {
      places[batch.tenant] = runs.count
      runs.append([batch])
      bytes.append(size)
    }
  }

  /// All runs, a tenant's in their order.
  mutating func takeAll() -> [[EventBatch]] {
    let taken = runs
    self = EventRuns()
    return taken
  }
}
