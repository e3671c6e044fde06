public import Orders

extension WriteSet {
  /// Has something done later or elsewhere. A timer that its order has by that name already gets the new one's time and
  /// payload, is as if it had never been tried, and keeps its identity; whoever is at it notes nothing of it any more.
  public mutating func start(_ job: Job) {
    if let key = job.key { forget(key) }
    insertedJobs.append(job)
  }

  /// Stops a timer; one that is not there is none to stop. Several changes may share a transaction: what one of them has
  /// started, a later one stops.
  public mutating func end(_ key: JobKey) {
    forget(key)
    endedJobs.append(key)
  }

  private mutating func forget(_ key: JobKey) {
    insertedJobs.removeAll { $0.key == key }
    endedJobs.removeAll { $0 == key }
  }
}
