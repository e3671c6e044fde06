import HubRuntime

/// A command line that cannot be understood; the message says what would be. Exit status 2.
struct UsageProblem: Error, Equatable {
  let message: String
}

/// A run that could not be done; the message says why and what to do. Exit status 1.
struct RunProblem: Error, Equatable {
  let message: String
}

/// An option of a command: `--name VALUE`, or `--name` alone.
struct OptionKind: Sendable {
  let name: String
  /// What its value is called; nil if it has none.
  var value: String?
  let summary: String
  /// What stands if it is not given, for the help.
  var preset: String?
  /// Whether it may stand several times.
  var repeats = false
  /// Whether its value is for nobody else.
  var isSecret = false
}

/// The options of a command line, understood as words.
struct GivenOptions: Sendable {
  private var values: [String: [String]] = [:]
  private(set) var wantsHelp = false
  /// The command and its words, as a report may show them.
  private(set) var shown: [String]

  init(_ words: [String], kinds: [OptionKind], command: String = "") throws(UsageProblem) {
    shown = [command]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--help" || word == "-h" {
        wantsHelp = true
        return
      }
      guard word.hasPrefix("-") else {
        throw UsageProblem(message: "\(word) was not expected: options begin with --")
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let kind = kinds.first(where: { "--\($0.name)" == parts[0] }) else {
        // Only its name is told: what stands behind it may be a secret.
        let names = kinds.map { "--\($0.name)" }
        let meant = Misspelling.hint(for: String(parts[0]), among: names + ["--help"])
        let known = names.joined(separator: ", ")
        throw UsageProblem(message: "there is no option \(parts[0])\(meant); there are \(known)")
      }
      if values[kind.name] != nil, !kind.repeats { throw UsageProblem(message: "--\(kind.name) stands twice") }
      let value = try Self.value(kind, attached: parts.count == 2 ? String(parts[1]) : nil, &rest)
      values[kind.name, default: []].append(value)
      shown += kind.value == nil ? [word] : ["--\(kind.name)", kind.isSecret ? "***" : value]
    }
  }

  private static func value(
    _ kind: OptionKind, attached: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageProblem) -> String {
    guard let value = kind.value else {
      if attached != nil { throw UsageProblem(message: "--\(kind.name) takes no value") }
      return "true"
    }
    guard let text = attached ?? rest.popFirst(), !text.isEmpty else {
      throw UsageProblem(message: "--\(kind.name) needs a value: \(value)")
    }
    return text
  }

  func has(_ name: String) -> Bool { values[name] != nil }
  func text(_ name: String) -> String? { values[name]?.last }
  func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// A whole number within a range.
  func count(_ name: String, preset: Int, in range: ClosedRange<Int>) throws(UsageProblem) -> Int {
    guard let text = text(name) else { return preset }
    guard let count = Units.count(text), range.contains(count) else {
      throw UsageProblem(
        message: "--\(name) \(text): allowed is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  /// A length of time in nanoseconds; a bare number is in seconds.
  func duration(_ name: String, presetSeconds: Double, atLeastSeconds: Double = 0) throws(UsageProblem) -> Int64 {
    guard let text = text(name) else { return Int64(presetSeconds * 1e9) }
    guard let ns = Units.nanoseconds(text) ?? Units.nanoseconds(text + "s"), Double(ns) >= atLeastSeconds * 1e9 else {
      throw UsageProblem(
        message: "--\(name) \(text): allowed is a time as in 500ms, 10s, 2m"
          + (atLeastSeconds > 0 ? ", at least \(Units.latency(Int64(atLeastSeconds * 1e9)))" : ""))
    }
    return ns
  }

  /// Something a second; nil if it was not given.
  func rate(_ name: String) throws(UsageProblem) -> Double? {
    guard let text = text(name) else { return nil }
    guard let rate = Units.number(text), rate >= 0.1, rate <= 1_000_000 else {
      throw UsageProblem(message: "--\(name) \(text): allowed is a number from 0.1 to 1000000, each second")
    }
    return rate
  }

  /// One of some words.
  func choice(_ name: String, preset: String, of allowed: [String]) throws(UsageProblem) -> String {
    let text = text(name) ?? preset
    guard allowed.contains(text) else {
      throw UsageProblem(message: "--\(name) \(text): allowed is \(allowed.joined(separator: ", "))")
    }
    return text
  }
}
