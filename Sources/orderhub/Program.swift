import Glibc
import HubRuntime

/// The command line: finds the command, and says what there is.
enum Program {
  /// What a command's end means to a script.
  enum Exit {
    static let ok: Int32 = 0
    /// It failed, or an audit found something.
    static let failure: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 2
  }

  private static let commands: [Subcommand] = [
    .api, .live, .worker, .token, .user, .tenant, .workflow, .secrets, .migrate, .audit, .doctor, .describe,
    .version,
  ]

  /// Runs a command line; gives the exit status.
  static func run(_ words: [String]) async -> Int32 {
    guard let name = words.first else {
      printError(overview)
      return Exit.usage
    }
    if ["--help", "-h", "help"].contains(name) {
      print(overview)
      return Exit.ok
    }
    guard let command = commands.first(where: { $0.name == name || name == "--version" && $0.name == "version" }) else {
      let names = commands.map(\.name)
      let meant = Misspelling.hint(for: name, among: names + ["--help", "--version"])
      printError("orderhub: there is no command \(name)\(meant); there are \(names.joined(separator: ", "))")
      return Exit.usage
    }
    do throws(UsageError) {
      let arguments = try Arguments(
        Array(words.dropFirst()), options: command.options, words: command.words,
        takesFile: command.takesFile)
      if arguments.wantsHelp {
        print(command.help)
        return Exit.ok
      }
      return await command.run(arguments)
    } catch {
      printError("orderhub \(name): \(error.message)")
      printError("see: orderhub \(name) --help")
      return Exit.usage
    }
  }

  private static var overview: String {
    let width = commands.map(\.name.count).max() ?? 0
    let rows = commands.map { "  \($0.name.padded(to: width))  \($0.summary)" }.joined(separator: "\n")
    return """
      OrderHub \(HubVersion.text): orders, partial deliveries and invoices, live.

      usage: orderhub COMMAND [options]

      \(rows)

      Settings come from the environment, then from .data/running.env while scripts/run runs, then from .env; .env.example lists them all.
      Exit status: 0 done, 1 failed or something found, 2 wrong command line.
      orderhub COMMAND --help tells more; --version prints the version.
      """
  }
}

/// Writes a line to the standard error.
func printError(_ line: String) { writeError(line + "\n") }

/// Shows how far a command is, in place of what was shown before; on a terminal only. At the end: nothing.
func showProgress(_ text: String) {
  if let columns = Terminal.columns(of: 2) { writeError(Terminal.progress(text, columns: columns)) }
}

/// Writes to the standard error as it stands; C's `stderr` is shared state that Swift does not let pass.
func writeError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = write(2, bytes, bytes.count)
}

/// The number of this process.
func processID() -> Int32 { getpid() }

/// How many cores this process may run on.
func coreCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

extension String {
  /// The text and spaces behind it, so many characters in all.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
