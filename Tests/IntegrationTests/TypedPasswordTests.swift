import Foundation
import HubTestSupport
import Testing

/// Passwords that somebody types; `CommandLineTests` and others pipe theirs.
@Suite struct TypedPasswordTests {
  /// Adds a user at a terminal, by what is typed when it is asked for; the exit status, and what was seen.
  private func add(_ typed: [String], to uri: String) async throws -> (status: Int32, seen: String) {
    let program = try Hub.binary()
    let words = ["user", "add", "--tenant", "t", "--user", "ann", "--role", "employee"]
    return try await onThread {
      let terminal = try TestTerminal(columns: 80)
      let process = try ChildProcess(
        program, words, environment: ["MONGODB_URI": uri], folder: FileManager.default.temporaryDirectory,
        input: terminal.file, output: terminal.file, errors: terminal.file)
      for (line, question) in zip(typed, ["password: ", "again: "]) {
        // What is typed before the question is not taken.
        let isAsked = blockUntil { !process.isRunning || terminal.text.contains(question) && !terminal.echoes }
        #expect(isAsked && process.isRunning, "\(terminal.text)")
        terminal.type(line)
      }
      let status = process.wait()
      #expect(terminal.echoes)
      return (status, terminal.text)
    }
  }

  private func users(_ uri: String) async throws -> String {
    try await CommandLineRun.orderhub(["user", "list", "--tenant", "t"], environment: ["MONGODB_URI": uri]).output
  }

  @Test func aPasswordIsTypedTwiceAndNotShown() async throws {
    let uri = try Hub.newDatabase()
    let run = try await add(["a long password", "a long password"], to: uri)
    #expect(run.status == 0, "\(run.seen)")
    #expect(run.seen.contains("added employee ann of t"))
    #expect(!run.seen.contains("a long"))
    #expect(try await users(uri) == "ann  employee\n")
  }

  // The last two look alike: one letter, and a letter with an accent behind it.
  @Test(arguments: [
    ["a long password", "a lung password"], ["a long password", ""],
    ["a long p\u{e9}ssword", "a long pe\u{301}ssword"],
  ])
  func twoThatAreNotTheSameAreRefused(typed: [String]) async throws {
    let uri = try Hub.newDatabase()
    let run = try await add(typed, to: uri)
    #expect(run.status == 2, "\(run.seen)")
    #expect(run.seen.contains("the two are not the same"))
    #expect(!run.seen.contains("a l"))
    #expect(try await users(uri) == "")
  }

  @Test func oneThatCannotBeIsRefusedBeforeItIsTypedAgain() async throws {
    let uri = try Hub.newDatabase()
    let run = try await add(["short"], to: uri)
    #expect(run.status == 2, "\(run.seen)")
    #expect(run.seen.contains("the password has 5 bytes: allowed are 8 to 1024"))
    #expect(!run.seen.contains("again") && !run.seen.contains("short"))
  }
}
