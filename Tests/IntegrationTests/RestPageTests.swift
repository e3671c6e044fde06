import Foundation
import HubTestSupport
import Testing

/// The pages about the REST API, pasted from their beginning to their end as they say that one may, and the README's tour.
@Suite struct RestPageTests {
  @Test func everyExampleWorksInOrder() async throws {
    let blocks = try ["rest.md", "edit.md", "own-workflow.md", "users.md", "tenant.md", "pickup.md"].flatMap {
      try DocumentBlocks.all("sh", of: $0)
    }
    #expect(blocks.count > 10)
    let (calls, told) = try await Self.paste(blocks)
    #expect(calls.count > 40, "\(told)")
    // The one that shows what a problem looks like, and the one of somebody who is logged out.
    let refused = calls.filter { !$0.0.hasPrefix("2") }
    #expect(refused.map(\.0) == ["409", "401"], "\(refused)")
  }

  @Test func theTourOfTheReadmeWorksInOrder() async throws {
    // The first block starts a hub, and the last looks on in a terminal of its own until it is ended.
    let blocks = try DocumentBlocks.all("sh", of: "README.md").filter {
      !$0.contains("scripts/run ") && !$0.contains("scripts/watch")
    }
    #expect(blocks.count == 1)
    let (calls, told) = try await Self.paste(blocks)
    #expect(calls.count > 7, "\(told)")
    #expect(calls.allSatisfy { $0.0.hasPrefix("2") }, "\(calls)")
  }

  /// Pastes blocks into a shell; which calls of the API were made and what they came to, and what the shell said.
  private static func paste(_ blocks: [String]) async throws -> ([(Substring, Substring)], String) {
    let hub = try await Hub.shared()
    let tenant = "rest-\(UUID().uuidString.prefix(8))"
    let folder = try Self.folder(port: hub.apis[0].port)
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = blocks.joined(separator: "\n").replacing(#/\bdemo\b/#, with: tenant)
    #expect(lines.contains("--tenant \(tenant)"))
    var settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings["PATH"] = "\(folder.path)/bin:/usr/bin:/bin"
    let environment = settings
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    let status = try await onThread {
      try ChildProcess(
        "/bin/bash", ["-euo", "pipefail", "-c", lines], environment: environment, folder: folder, output: output,
        errors: errors
      ).wait()
    }
    let (said, told) = (
      try String(contentsOf: output, encoding: .utf8), try String(contentsOf: errors, encoding: .utf8)
    )
    #expect(status == 0, "\(said)\n\(told)")
    return (told.matches(of: #/(?m)^CALL (\d{3}) (.+)$/#).map { ($0.1, $0.2) }, "\(said)\n\(told)")
  }

  /// A folder as that of a repository in which a hub runs, and a `curl` that says how it went.
  private static func folder(port: Int) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-rest-\(UUID().uuidString)")
    for name in [".data", ".build/release", "bin"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    try "PORT=\(port)\n".write(
      to: folder.appendingPathComponent(".data/running.env"), atomically: false, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent(".build/release/orderhub").path, withDestinationPath: try Hub.binary())
    let curl = folder.appendingPathComponent("bin/curl")
    try "#!/bin/sh\nexec /usr/bin/curl -w '%{stderr}CALL %{http_code} %{method} %{url}\\n' \"$@\"\n".write(
      to: curl, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: curl.path)
    return folder
  }
}
