import Dispatch
import Foundation
import Glibc

/// A child process. Foundation's own `Process` reads past a directory entry when it looks for open files, and so ends the
/// test runner now and then.
public final class ChildProcess: @unchecked Sendable {
  // Owner: whoever holds `lock`.
  private let lock = NSLock()
  private var status: Int32?
  /// Its process id.
  public let processID: pid_t

  /// Starts a program in a folder, with its standard streams in these files, and no other file of ours open.
  public init(
    _ path: String, _ arguments: [String], environment: [String: String], folder: URL, input: URL? = nil, output: URL,
    errors: URL
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input?.path ?? "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    // Not our sockets: one that a child holds is not closed when we close it. One that is closed already does no harm.
    for file in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap({ Int32($0) })
    where file > 2 {
      posix_spawn_file_actions_addclose(&actions, file)
    }
    // Nor the signals that our threads block: a shell would never hear that it is to end.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let program = "/usr/bin/env"
    let words = ([program, "--chdir=\(folder.path)", path] + arguments).map { strdup($0) } + [nil]
    let settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, &attributes, words, settings)
    guard failure == 0 else { throw TestServerError("\(path) could not be started: errno \(failure)") }
    processID = child
  }

  /// Its exit status once it has ended, 128 and the signal's number if one ended it; nil while it runs.
  public var exitStatus: Int32? {
    lock.lock()
    defer { lock.unlock() }
    if let status { return status }
    var raw: Int32 = 0
    guard waitpid(processID, &raw, WNOHANG) == processID else { return nil }
    status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
    return status
  }

  /// Whether it has not ended.
  public var isRunning: Bool { exitStatus == nil }

  /// Waits until it ends; its exit status.
  @discardableResult
  public func wait() -> Int32 {
    while true {
      if let exitStatus { return exitStatus }
      usleep(2_000)
    }
  }
}

/// The thread that starts all servers and never ends.
///
/// "When the parent dies" means, to the system, the thread that started the child: one of Swift's own threads ends
/// when it has been idle for some seconds, and would take the server with it.
public final class Spawner: @unchecked Sendable {
  // Owner: whoever holds `lock`, and the thread between `asked` and `done`.
  /// The one of this process.
  public static let shared = Spawner()
  private let lock = NSLock()
  private let asked = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private var start: (() throws -> ChildProcess)?
  private var result: Result<ChildProcess, any Error>?

  private init() {
    Foundation.Thread.detachNewThread { [self] in
      while true {
        asked.wait()
        if let start { result = Result { try start() } }
        done.signal()
      }
    }
  }

  /// Starts one process, and waits until it is started.
  public func run(_ start: @escaping () throws -> ChildProcess) throws -> ChildProcess {
    lock.lock()
    defer { lock.unlock() }
    self.start = start
    asked.signal()
    done.wait()
    self.start = nil
    guard let result else { throw TestServerError("nothing was started") }
    return try result.get()
  }
}
