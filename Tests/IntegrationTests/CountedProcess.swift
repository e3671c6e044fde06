import Foundation
import Glibc
import HubTestSupport

/// A process of the hub whose instructions are counted, all of them, in every library: what something costs is the same
/// on a busy machine and on a quiet one. It runs in Valgrind's callgrind, some thirty times as slowly. It blocks.
final class CountedProcess: @unchecked Sendable {
  // Owner: the test that started it; used by one call at a time.
  private let process: ServerProcess
  private var dumps = 0
  /// Where it listens.
  var port: Int { process.port }

  /// Starts `orderhub <command>` and waits until it is ready. `portName` is the setting of its port.
  init(_ command: String, _ portName: String, _ settings: [String: String]) throws {
    let binary = try Hub.binary()
    let shim = URL(fileURLWithPath: binary).deletingLastPathComponent().appendingPathComponent("libStandStill.so").path
    let port = try freePort()
    let environment = settings.merging([portName: "\(port)", "LD_PRELOAD": shim]) { $1 }
    process = try ServerProcess("/usr/bin/valgrind", port: port, environment: environment) { folder, _ in
      ["--quiet", "--tool=callgrind", "--callgrind-out-file=\(folder.path)/cost", binary, command]
    }
    try Hub.awaitReady(process)
    _ = try instructions {}
  }

  /// How many instructions the process executes while `body` runs.
  func instructions(_ body: () throws -> Void) throws -> Int64 {
    try body()
    dumps += 1
    let folder = process.folder
    let control = try ChildProcess(
      "/usr/bin/vgdb", ["--pid=\(process.processID)", "dump"],
      environment: ProcessInfo.processInfo.environment, folder: folder,
      output: folder.appendingPathComponent("control.log"), errors: folder.appendingPathComponent("control.log"))
    guard control.wait() == 0 else { throw TestServerError("vgdb failed: \(try log("control.log"))") }
    // Each dump is a file of its own, whose head says what was executed since the one before it.
    let file = try FileHandle(forReadingFrom: folder.appendingPathComponent("cost.\(dumps)"))
    let head = String(decoding: try file.read(upToCount: 4_096) ?? Data(), as: UTF8.self)
    guard let found = head.firstMatch(of: #/\nsummary: ([0-9]+)/#), let count = Int64(found.1) else {
      throw TestServerError("no sum in the dump: \(head)")
    }
    return count
  }

  private func log(_ name: String) throws -> String {
    try String(contentsOf: process.folder.appendingPathComponent(name), encoding: .utf8)
  }

  /// Ends it.
  func stop() { process.stop() }
}

/// A text of so many bytes, to be put wherever a client may put one.
struct Probe: Sendable {
  let text: String

  /// One letter with marks of two classes, the higher before the lower: to bring them into canonical order costs time
  /// quadratic in their number, and a `String` does so wherever it is compared, hashed or looked for.
  static func hostile(_ bytes: Int) -> Probe {
    let marks = bytes / 4
    return Probe(text: "t" + String(repeating: "\u{301}", count: marks) + String(repeating: "\u{316}", count: marks))
  }

  /// As many bytes in as many characters, none of which is a mark.
  static func harmless(_ bytes: Int) -> Probe {
    Probe(text: "t" + String(repeating: "\u{434}", count: bytes / 4 * 2))
  }

  /// A text of its kind of so many characters, where no more are taken: its begin and its end.
  func start(_ count: Int) -> String {
    let scalars = text.unicodeScalars
    if scalars.count <= count { return text }
    return String(String.UnicodeScalarView(scalars.prefix(count / 2) + scalars.suffix(count / 2)))
  }

  /// The same as it stands in a path or a query.
  var escaped: String { text.utf8.map { String(format: "%%%02X", $0) }.joined() }
}

/// Somewhere that text from outside comes in.
struct Entrance: Sendable, CustomStringConvertible {
  let name: String
  let send: @Sendable (Probe, _ port: Int) throws -> Void
  var description: String { name }
  init(_ name: String, _ send: @escaping @Sendable (Probe, _ port: Int) throws -> Void) {
    self.name = name
    self.send = send
  }
}
