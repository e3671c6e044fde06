import HubContracts
import HubRuntime

/// What an operator may want to know of the jobs of a kind.
struct JobMeters: Sendable {
  let done: Counter
  let retried: Counter
  let died: Counter
  let lost: Counter
  let running: Gauge
  let lag: Gauge
  let waiting: Gauge
  let dead: Gauge

  init(_ metrics: Metrics, _ kind: String) {
    let label = [("kind", kind)]
    func counter(_ outcome: String) -> Counter {
      metrics.counter(.jobs, labels: label + [("outcome", outcome)])
    }
    (done, retried, died, lost) = (counter("done"), counter("retried"), counter("dead"), counter("lost"))
    running = metrics.gauge(.jobsRunning, labels: label)
    lag = metrics.gauge(.jobsLagMs, labels: label)
    waiting = metrics.gauge(.jobsWaiting, labels: label)
    dead = metrics.gauge(.jobsDead, labels: label)
  }

  func count(_ fates: [JobEnding.Fate], held: Int) {
    for fate in fates {
      switch fate {
      case .done: done.add()
      case .again: retried.add()
      case .dead: died.add()
      }
    }
    lost.add(max(0, fates.count - held))
  }
}
