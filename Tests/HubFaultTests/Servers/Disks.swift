import Foundation
import Glibc
import HubTestSupport

/// Disks of bounded size, in memory, for the members of the replica set: one that is full can be had of these.
///
/// They are mounted in a name space of their own, which ends with its last process, and each of these ends with this one:
/// there is nothing to unmount, however the run ends.
final class Disks: Sendable {
  static let sizeBytes = 768 << 20
  /// So much memory must be free, in KiB, for three of them and all that runs.
  private static let memoryKiB = 4 << 20
  private static let mountSeconds = 5
  /// Holds the name space while no member runs.
  private let holder: ChildProcess
  private let log: URL

  /// Mounts a disk on each of these folders; fails where that is not allowed.
  init(on folders: [URL], log: URL) throws {
    self.log = log
    let free = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8).split(separator: "\n")
      .first { $0.hasPrefix("MemAvailable:") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    guard let free, free >= Self.memoryKiB else { throw TestServerError("less than 4 GiB of memory are free") }
    let mounts = folders.map { "mount -t tmpfs -o size=\(Self.sizeBytes),mode=700 tmpfs '\($0.path)' && " }
    let sign = log.deletingLastPathComponent().appendingPathComponent("disks-mounted")
    let script = mounts.joined() + ": > '\(sign.path)' && exec sleep infinity"
    holder = try Spawner.shared.run {
      try Self.start("/usr/bin/setpriv", ["--pdeathsig", "KILL", "unshare", "--mount", "/bin/sh", "-c", script], log)
    }
    for _ in 0..<(Self.mountSeconds * 100) where holder.isRunning {
      if FileManager.default.fileExists(atPath: sign.path) { return }
      usleep(10_000)
    }
    end()
    throw TestServerError("mount is not allowed")
  }

  /// The words before a command that is to see the disks.
  var starter: [String] { ["nsenter", "--mount=/proc/\(holder.processID)/ns/mnt"] }

  /// Fills what is free on a folder's disk.
  func fill(_ folder: URL) throws { try run("head -c \(Self.sizeBytes) /dev/zero > '\(Self.ballast(folder))'") }

  func clear(_ folder: URL) throws { try run("rm -f '\(Self.ballast(folder))'") }

  /// Lets the disks go, once no member runs.
  func end() {
    kill(holder.processID, SIGKILL)
    holder.wait()
  }

  private func run(_ command: String) throws {
    let words = Array(starter.dropFirst()) + ["/bin/sh", "-c", command]
    try Spawner.shared.run { [log] in try Self.start("/usr/bin/nsenter", words, log) }.wait()
  }

  private static func ballast(_ folder: URL) -> String { folder.appendingPathComponent("ballast").path }

  private static func start(_ path: String, _ words: [String], _ log: URL) throws -> ChildProcess {
    try ChildProcess(
      path, words, environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"], folder: log.deletingLastPathComponent(),
      output: log, errors: log)
  }
}
