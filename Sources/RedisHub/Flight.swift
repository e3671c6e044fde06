import HubContracts

/// The batches that were sent and not yet answered in full, in the order sent. Replies come in that order, so an
/// overdue batch keeps its place until its replies have come, and none is ever taken for another's.
struct Flight {
  private var batches: [Batch] = []
  private var head = 0
  private var overdue = 0

  /// Whether the batch that is answered next is overdue.
  var isOverdue: Bool { overdue > head }
  /// When the next batch will be overdue.
  var nextDeadline: UInt64? { overdue < batches.count ? batches[overdue].deadline : nil }

  /// A batch was sent.
  mutating func push(_ batch: Batch) { batches.append(batch) }

  /// A reply has come; gives the batch if that was its last one. False if nothing was asked.
  mutating func take(_ reply: RedisReply) -> (expected: Bool, done: Batch?) {
    guard head < batches.count else { return (false, nil) }
    let batch = batches[head]
    batch.replies.append(reply)
    guard batch.replies.count == batch.pipeline.replies else { return (true, nil) }
    head += 1
    overdue = max(overdue, head)
    compact()
    return (true, batch)
  }

  /// Ends the waits whose deadline has passed; gives how many.
  mutating func expire(now: UInt64, _ reason: CacheUnavailable) -> Int {
    var count = 0
    while overdue < batches.count, batches[overdue].deadline <= now {
      batches[overdue].finish(.failure(reason))
      overdue += 1
      count += 1
    }
    return count
  }

  /// Ends all waits and forgets them; gives the batches.
  mutating func abandon(_ reason: CacheUnavailable) -> ArraySlice<Batch> {
    let rest = batches[head...]
    for batch in rest { batch.finish(.failure(reason)) }
    self = Flight()
    return rest
  }

  private mutating func compact() {
    guard head == batches.count || head >= 1_024 else { return }
    batches.removeFirst(head)
    overdue -= head
    head = 0
  }
}
