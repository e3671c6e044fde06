import Foundation

/// What is made of a run at its end: the table, the files, and the exit status.
enum Conclusion {
  static func reach(_ figures: RunFigures, plan: LoadPlan, console: Console) throws -> Int32 {
    var figures = figures
    figures.occasion = plan.occasion
    let verdicts = plan.expectations.map { $0.judge(figures) }
    console.report(TextReport(figures: figures, verdicts: verdicts, usesColours: console.usesColours).text)
    if let file = plan.jsonFile {
      let text = JSONReport.text(figures, verdicts: verdicts)
      if file == "-" { Console.output(text) } else { try write(text, to: file) }
    }
    if let file = plan.htmlFile { try write(HTMLReport.text(figures, verdicts: verdicts), to: file) }
    for verdict in verdicts where !verdict.holds {
      console.complain("an expectation does not hold: \(verdict.expectation.text)")
    }
    if !figures.hasResult { console.complain("nothing went well: see the errors") }
    return verdicts.allSatisfy(\.holds) && figures.hasResult ? Program.Exit.ok : Program.Exit.failure
  }

  static func write(_ text: String, to file: String) throws {
    do {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      throw RunProblem(message: "\(file) cannot be written: \(error.localizedDescription)")
    }
  }
}
