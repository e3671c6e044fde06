import Foundation
import HubTestSupport

/// The clock of a server's machine, moved while the server runs: Debian's libfaketime stands before the C library and
/// adds what a file says. Only the time of day moves; what measures durations does not, as on a real machine.
struct ServerClock: Sendable {
  private let file: URL
  private let library: String
  /// Redis's allocator asks for the time while libfaketime asks it for memory; glibc's own, put before it, does not.
  private let allocator: String

  /// The clock of the server that keeps its files in a folder.
  init(folder: URL) throws {
    file = folder.appendingPathComponent("clock")
    library = try Self.find("faketime/libfaketimeMT.so.1", package: "libfaketime")
    allocator = try Self.find("libc_malloc_debug.so.0", package: "libc6")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try move(seconds: 0)
  }

  /// What the server is started with.
  var environment: [String: String] {
    [
      "LD_PRELOAD": "\(allocator):\(library)", "FAKETIME_TIMESTAMP_FILE": file.path,
      // How often it looks into the file, in seconds.
      "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      // Its own guess takes mongod's monotonic waits for others, so that its threads never sleep.
      "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    ]
  }

  /// Sets it so many seconds ahead of this machine's, or behind it if negative; seen within about a second.
  func move(seconds: Int) throws {
    try "\(seconds < 0 ? "" : "+")\(seconds)\n".write(to: file, atomically: true, encoding: .utf8)
  }

  private static func find(_ name: String, package: String) throws -> String {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
    let paths = folders.sorted().map { "/usr/lib/\($0)/\(name)" }
    guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw TestServerError("\(name) is nowhere under /usr/lib: install the Debian package \(package)")
    }
    return path
  }
}
