import HubRuntime

/// One command: its name, its options and what it does.
struct Subcommand: Sendable {
  let name: String
  let summary: String
  /// What the help says of it.
  let about: String
  let options: [OptionKind]
  let run: @Sendable (GivenOptions, Console) throws -> Int32

  var help: String {
    let all = options + [OptionKind(name: "help", summary: "print this")]
    let titles = all.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
    let width = titles.map(\.count).max() ?? 0
    let rows = zip(titles, all).flatMap { title, kind in
      let text = kind.summary + (kind.preset.map { " (\($0))" } ?? "") + (kind.repeats ? "; may be repeated" : "")
      let space = String(repeating: " ", count: width - title.count)
      return Self.wrapped(text, to: 100 - width - 4).enumerated().map { index, line in
        (index == 0 ? "  \(title)\(space)  " : String(repeating: " ", count: width + 4)) + line
      }
    }
    return "\(summary)\n\nusage: orderhub-load \(name) [options]\n\n\(about)\n\n\(rows.joined(separator: "\n"))"
  }

  /// Lines of at most so many characters, cut between words.
  static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

/// The command line: finds the command, and says what there is.
enum Program {
  static let commands: [Subcommand] = [
    .read, .create, .deliver, .journey, .live, .mixed, .endpoints, .herd, .overload, .seed, .growth,
  ]

  /// What the end means to a script.
  enum Exit {
    static let ok: Int32 = 0
    /// It could not be done, or an expectation does not hold.
    static let failure: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 2
  }

  /// Runs a command line; gives the exit status.
  static func run(_ words: [String]) -> Int32 {
    let console = Console(isQuiet: false)
    guard let name = words.first else {
      console.complain(overview)
      return Exit.usage
    }
    if ["--help", "-h", "help"].contains(name) {
      console.report(overview)
      return Exit.ok
    }
    if ["--version", "version"].contains(name) {
      console.report("orderhub-load \(HubVersion.text)")
      return Exit.ok
    }
    guard let command = commands.first(where: { $0.name == name }) else {
      let names = commands.map(\.name)
      let meant = Misspelling.hint(for: name, among: names + ["--help", "--version", "version"])
      console.complain("orderhub-load: there is no command \(name)\(meant); there are \(names.joined(separator: ", "))")
      return Exit.usage
    }
    do {
      let given = try GivenOptions(Array(words.dropFirst()), kinds: command.options, command: name)
      if given.wantsHelp {
        console.report(command.help)
        return Exit.ok
      }
      Interruption.listen()
      // Whatever ends the run, its tenant does not stay without a word.
      defer { if let note = Site.leaveUnfinished(console) { console.complain(note) } }
      return try command.run(given, Console(isQuiet: given.has("quiet") || given.text("json") == "-"))
    } catch let problem as UsageProblem {
      console.complain("orderhub-load \(name): \(problem.message)\nsee: orderhub-load \(name) --help")
      return Exit.usage
    } catch let problem as RunProblem {
      console.complain("orderhub-load \(name): \(problem.message)")
      return Exit.failure
    } catch {
      console.complain("orderhub-load \(name): \(error)")
      return Exit.failure
    }
  }

  private static var overview: String {
    let width = commands.map(\.name.count).max() ?? 0
    let rows = commands.map { command in
      "  " + command.name + String(repeating: " ", count: width - command.name.count) + "  " + command.summary
    }
    return """
      orderhub-load: puts a hub under load and measures it.

      usage: orderhub-load COMMAND [options]

      \(rows.joined(separator: "\n"))

      It works in a tenant of its own, with tokens that it signs with JWT_SECRET: from the environment, else
      from .data/running.env of a hub that scripts/run started in this folder, else from .env there. Only this machine may be the target, unless --target-allow names another.
      Start the hub with RATE_LIMIT_USER_PER_MINUTE=0, or its limits are what you measure.
      Exit status: 0 done, 1 failed or an expectation does not hold, 2 wrong command line. Ctrl-C ends a run early and
      still prints its figures. orderhub-load COMMAND --help tells more, --version prints the version;
      LoadTests/README.md tells all.
      """
  }
}
