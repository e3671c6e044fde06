/// The figures as one page that needs nothing else: plots as SVG, no script, nothing fetched.
enum HTMLReport {
  static func text(_ figures: RunFigures, verdicts: [Expectation.Verdict]) -> String {
    let report = TextReport(figures: figures, verdicts: verdicts, usesColours: false)
    let name = LineChart.escaped(figures.scenario)
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>orderhub-load: \(name)</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      pre { overflow-x: auto; font-size: 13px; }
      svg { width: 100%; height: auto; margin: 1rem 0; }
      </style>
      </head>
      <body>
      <h1>\(name)</h1>
      <pre>\(LineChart.escaped(report.text))</pre>
      \(throughput(figures))
      \(latency(figures))
      </body>
      </html>

      """
  }

  private static func throughput(_ figures: RunFigures) -> String {
    let moments = figures.series
    return LineChart(
      title: "requests a second",
      lines: [
        LineChart.Line(name: "answered", points: moments.map { ($0.at, $0.ratePerSecond) }),
        LineChart.Line(name: "errors", points: moments.map { ($0.at, $0.failuresPerSecond) }),
      ], marks: marks(figures), label: { Units.rate($0) }
    ).svg
  }

  private static func latency(_ figures: RunFigures) -> String {
    func line(_ name: String, _ value: (RunFigures.Moment) -> Int64) -> LineChart.Line {
      LineChart.Line(name: name, points: figures.series.map { ($0.at, Double(value($0))) })
    }
    return LineChart(
      title: "latency", lines: [line("p50", \.p50Ns), line("p99", \.p99Ns), line("p99.9", \.p999Ns)],
      marks: marks(figures), label: { Units.latency(Int64($0)) }
    ).svg
  }

  /// About ten moments, in seconds.
  private static func marks(_ figures: RunFigures) -> [(x: Double, text: String)] {
    let every = max(1, figures.series.count / 10)
    return figures.series.enumerated().filter { $0.offset % every == every - 1 }.map {
      ($0.element.at, "\(Units.decimal($0.element.at, 0)) s")
    }
  }
}
