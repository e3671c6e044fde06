import Foundation
import HubTestSupport
import Testing

@Suite struct DisksTests {
  /// Where no disk may be mounted there is none to fill: that is said instead.
  @Test func aDiskIsFullUntilItIsClearedAndOnlyThere() async throws {
    try await onThread {
      let top = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-disks-\(UUID().uuidString)")
      let (data, log) = (top.appendingPathComponent("data"), top.appendingPathComponent("disks.log"))
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: top) }
      let disks: Disks
      do { disks = try Disks(on: [data], log: log) } catch let refusal as TestServerError {
        let words = refusal.description
        #expect(words.contains("mount is not allowed") || words.contains("of memory are free"))
        return
      }
      defer { disks.end() }
      let write = { (name: String) in
        let words = disks.starter + ["/bin/sh", "-c", "head -c 1000000 /dev/zero > '\(data.path)/\(name)'"]
        let writing = try Spawner.shared.run {
          try ChildProcess(
            words[0], Array(words.dropFirst()), environment: ["PATH": "/usr/bin:/bin"], folder: top, output: log,
            errors: log)
        }
        return writing.wait() == 0
      }
      #expect(try write("before"))
      try disks.fill(data)
      #expect(try !write("meanwhile"))
      try disks.clear(data)
      #expect(try write("after"))
      // Outside nobody sees it: there is nothing to unmount.
      #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty)
    }
  }
}
