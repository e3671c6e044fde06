import HubRuntime

/// A command line that cannot be understood; the message says what would be.
struct UsageError: Error {
  let message: String
}

/// One command: its name, options and what it does.
struct Subcommand: Sendable {
  let name: String
  let summary: String
  /// What stands behind the name in the usage line; empty for a command without options.
  var usage = ""
  var options: [Option] = []
  /// The words that it takes beside options, if it takes one.
  var words: [String] = []
  /// Whether a file's name may stand behind the word.
  var takesFile = false
  /// What the help says further.
  var notes = ""
  let run: @Sendable (Arguments) async -> Int32

  /// An option: `--name VALUE`, or `--name` alone.
  struct Option: Sendable {
    let name: String
    /// What its value is called; nil if it has none.
    var value: String?
    let summary: String
  }

  var help: String {
    let all = options + [Option(name: "help", value: nil, summary: "print this")]
    let titles = all.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
    let width = titles.map(\.count).max() ?? 0
    let rows = zip(titles, all).map { "  \($0.padded(to: width))  \($1.summary)" }.joined(separator: "\n")
    let line = ["orderhub", name, usage].filter { !$0.isEmpty }.joined(separator: " ")
    return "\(summary)\n\nusage: \(line)\n\n\(rows)" + (notes.isEmpty ? "" : "\n\n\(notes)")
  }
}

/// The words of a command line, understood.
struct Arguments: Sendable {
  private var values: [String: String] = [:]
  /// The word beside the options, if there is one.
  private(set) var word: String?
  /// The file behind the word, if there is one.
  private(set) var file: String?
  private(set) var wantsHelp = false

  /// Understands `text` by the options and words that a command has.
  init(
    _ text: [String], options: [Subcommand.Option], words: [String], takesFile: Bool = false
  ) throws(UsageError) {
    var rest = text[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" {
        wantsHelp = true
        return
      }
      guard argument.hasPrefix("-"), !takesFile || argument != "-" else {
        if takesFile, word != nil, file == nil { file = argument } else { try take(word: argument, of: words) }
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let option = options.first(where: { "--\($0.name)" == parts[0] }) else {
        throw Self.unknown(option: String(parts[0]), options)
      }
      if values[option.name] != nil { throw UsageError(message: "--\(option.name) stands twice") }
      values[option.name] = try Self.value(of: option, parts.count == 2 ? String(parts[1]) : nil, &rest)
    }
    if !words.isEmpty, word == nil { throw UsageError(message: "one of \(words.joined(separator: ", ")) is missing") }
  }

  /// Only its name is told: what stands behind it may be a secret.
  private static func unknown(option: String, _ options: [Subcommand.Option]) -> UsageError {
    let names = options.map { "--\($0.name)" }
    let known = names.isEmpty ? "it takes none" : "there are " + names.joined(separator: ", ")
    let meant = Misspelling.hint(for: option, among: names + ["--help"])
    return UsageError(message: "there is no option \(option)\(meant); \(known)")
  }

  private mutating func take(word text: String, of words: [String]) throws(UsageError) {
    guard words.contains(text), word == nil else {
      let known = words.isEmpty ? "it takes options only" : "it takes one of \(words.joined(separator: ", "))"
      let meant = word == nil ? Misspelling.hint(for: text, among: words) : ""
      throw UsageError(message: "\(text) was not expected\(meant); \(known)")
    }
    word = text
  }

  private static func value(
    of option: Subcommand.Option, _ attached: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    guard let name = option.value else {
      if attached != nil { throw UsageError(message: "--\(option.name) takes no value") }
      return "true"
    }
    if let attached { return attached }
    guard let next = rest.popFirst() else { throw UsageError(message: "--\(option.name) needs a value: \(name)") }
    return next
  }

  /// An option's value.
  func value(_ name: String) -> String? { values[name] }
  /// Whether an option without a value was given.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// An option that must be given and understood.
  func required<Value>(_ name: String, _ allowed: String, _ read: (String) -> Value?) throws(UsageError) -> Value {
    guard let text = values[name] else { throw UsageError(message: "--\(name) is missing: \(allowed)") }
    guard let value = read(text) else { throw UsageError(message: "--\(name) \(text) is not \(allowed)") }
    return value
  }
}
