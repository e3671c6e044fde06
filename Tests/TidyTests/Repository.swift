import Foundation
import HubTestSupport

/// The repository that this test belongs to.
struct Repository {
  /// Its top folder: three above this file.
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// The files under version control that are there, relative to the top, sorted.
  let files: [String]

  /// Asks git. A copy without its history is walked instead, past what `.gitignore` names.
  init() throws {
    let top = root.path
    let listed = Self.listedByGit(top) ?? Self.walked(top)
    files = listed.filter { FileManager.default.fileExists(atPath: top + "/" + $0) }.sorted()
    if files.isEmpty { throw NoFiles(top: top) }
  }

  /// The text of one file; nil if it is not UTF-8.
  func text(_ file: String) throws -> String? {
    String(data: try Data(contentsOf: root.appendingPathComponent(file)), encoding: .utf8)
  }

  /// Whether a file has its run bit.
  func isExecutable(_ file: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: root.appendingPathComponent(file).path)
  }

  /// There is nothing to check.
  struct NoFiles: Error {
    let top: String
  }

  private static func listedByGit(_ top: String) -> [String]? {
    let temporary = FileManager.default.temporaryDirectory
    let output = temporary.appendingPathComponent("orderhub-tidy-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    guard
      let git = try? ChildProcess(
        "git", ["-C", top, "ls-files", "-z"], environment: ProcessInfo.processInfo.environment, folder: temporary,
        output: output, errors: URL(fileURLWithPath: "/dev/null")),
      git.wait() == 0, let listed = try? Data(contentsOf: output), !listed.isEmpty
    else { return nil }
    return listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private static let ignored: Set<String> = [".git", ".build", ".data", ".venv", ".env"]

  private static func walked(_ top: String) -> [String] {
    guard let names = FileManager.default.enumerator(atPath: top) else { return [] }
    var found: [String] = []
    while let name = names.nextObject() as? String {
      if ignored.contains(name) {
        names.skipDescendants()
      } else if names.fileAttributes?[.type] as? FileAttributeType != .typeDirectory {
        found.append(name)
      }
    }
    return found
  }
}
