import HubRuntime

extension ReferencePage {
  static var metricsPage: String {
    var table = MarkdownTable("metric", "kind", "says")
    for name in MetricName.allCases { table.add(code(name.rawValue), name.kind.rawValue, name.meaning) }
    return """
      # Metrics

      For those who watch a hub: every metric. Printed by `orderhub describe metrics` from the table that they are made from.
      Each process has its own at `/metrics`, in Prometheus's text format, on the port of its [health](operating.md#health).

      \(table.text)
      A *counter* only grows, a *gauge* goes up and down, a *histogram* has buckets from 0.5 ms to 10 s. Jobs are [what waits
      to be done](operating.md#what-waits-to-be-done); what an older version wrote of money is brought up to date when a hub
      is [replaced](operating.md#deploying).

      """
  }
}
