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
    let name = "orderhub_jobs_total"
    let help =
      "Runs of jobs by how they ended; lost are those whose claim had lapsed, or whose job had ended meanwhile."
    func counter(_ outcome: String) -> Counter {
      metrics.counter(name, help, labels: label + [("outcome", outcome)])
    }
    (done, retried, died, lost) = (counter("done"), counter("retried"), counter("dead"), counter("lost"))
    running = metrics.gauge("orderhub_jobs_running", "Jobs that are being done.", labels: label)
    lag = metrics.gauge("orderhub_jobs_lag_ms", "How long the first job that waits has been due.", labels: label)
    waiting = metrics.gauge("orderhub_jobs_waiting", "Jobs that wait, due or not.", labels: label)
    dead = metrics.gauge("orderhub_jobs_dead", "Dead letters: jobs that were given up.", labels: label)
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
