import Foundation
import Glibc

/// A server that a test starts and ends, by process id. It dies with the test runner too.
public final class ServerProcess: @unchecked Sendable {
  // Owner: the test that started it.
  private let process: ChildProcess
  /// Its folder, removed at the end.
  public let folder: URL
  /// Where its output goes.
  public let log: URL
  /// The port it was told.
  public let port: Int
  /// Its process id.
  public var processID: pid_t { process.processID }

  /// Starts `command` with `arguments(folder, port)` and waits until something listens on the port.
  public init(
    _ command: String, port: Int? = nil, folder: URL? = nil, environment: [String: String] = [:],
    _ arguments: (URL, Int) -> [String]
  ) throws {
    self.port = try port ?? freePort()
    self.folder =
      folder
      ?? FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-test-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    let log = self.folder.appendingPathComponent("server.log")
    self.log = log
    // setpriv ends the server when the runner dies, however it dies. It runs in its own folder: no file of the
    // developer's, such as a .env, may reach it.
    let words = ["--pdeathsig", "KILL", command] + arguments(self.folder, self.port)
    let settings = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let home = self.folder
    process = try Spawner.shared.run {
      try ChildProcess("/usr/bin/setpriv", words, environment: settings, folder: home, output: log, errors: log)
    }
    if blockUntil({ accepts(self.port) || !process.isRunning }), process.isRunning { return }
    throw TestServerError("\(command) did not start: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Ends it (SIGKILL) and waits until it is gone.
  public func stop() {
    guard process.isRunning else { return }
    kill(process.processID, SIGKILL)
    process.wait()
  }

  /// Sends a signal: SIGSTOP, SIGCONT, SIGTERM, … After SIGSTOP all of it stands still: on a busy machine its threads go on
  /// until one of them has come to see the signal.
  public func signal(_ number: Int32) {
    kill(process.processID, number)
    if number == SIGSTOP { _ = blockUntil { isStandingStill } }
  }

  /// Whether each of its threads is stopped, as the kernel says.
  private var isStandingStill: Bool {
    let threads = "/proc/\(process.processID)/task"
    guard let ids = try? FileManager.default.contentsOfDirectory(atPath: threads), !ids.isEmpty else {
      return !process.isRunning
    }
    return ids.allSatisfy { id in
      // One that cannot be read has ended.
      guard let stat = try? String(contentsOfFile: "\(threads)/\(id)/stat", encoding: .utf8) else { return true }
      return stat.split(separator: ")").last?.hasPrefix(" T") == true
    }
  }

  /// Waits until it ends by itself; its exit status, or nil if it hangs.
  public func waitForExit() -> Int32? {
    _ = blockUntil { !process.isRunning }
    return process.exitStatus
  }
}

/// A server that did not start, or a tool that is not there.
public struct TestServerError: Error, CustomStringConvertible {
  /// Why.
  public let description: String
  /// Names the reason.
  public init(_ description: String) { self.description = description }
}

/// Servers for tests.
public enum TestServers {
  /// A redis-server of the test's own, empty.
  public static func redis(port: Int? = nil) throws -> ServerProcess {
    try ServerProcess("/usr/bin/redis-server", port: port) { folder, port in
      ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.path]
    }
  }

  /// The connection string of the replica set that `scripts/test` started; a test takes a database name of its own. It is
  /// waited for however busy the machine is: whoever tests what happens without it has one of his own.
  public static func mongoURI() throws -> String {
    guard let uri = ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGODB_URI"] else {
      throw TestServerError("ORDERHUB_TEST_MONGODB_URI is not set: run the tests with scripts/test")
    }
    let ms = HangLimit.ms
    return uri + "&socketTimeoutMS=\(ms)&connectTimeoutMS=\(ms)&serverSelectionTimeoutMS=\(ms)"
  }

  /// A database name that nobody else uses.
  public static func databaseName() -> String {
    "test_\(UUID().uuidString.prefix(12).lowercased().replacingOccurrences(of: "-", with: ""))"
  }

  /// A mongod of the test's own, not yet a replica set: initiate it through the driver. `enableTestCommands` is on.
  /// `more` are further arguments.
  public static func mongod(
    port: Int? = nil, folder: URL? = nil, replicaSet: String = "rs0", more: [String] = []
  ) throws -> ServerProcess {
    guard let path = ProcessInfo.processInfo.environment["ORDERHUB_TEST_MONGOD"] else {
      throw TestServerError("ORDERHUB_TEST_MONGOD is not set: run the tests with scripts/test")
    }
    return try ServerProcess(path, port: port, folder: folder) { folder, port in
      [
        "--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.path, "--replSet", replicaSet,
        "--wiredTigerCacheSizeGB", "0.25", "--setParameter", "enableTestCommands=1",
      ] + more
    }
  }
}

/// A port of 127.0.0.1 that is free now, and that this process has not given before.
///
/// It is none of those that the system takes for connections that go out, 32768 and above: a herd of clients would have
/// it before the server does.
public func freePort() throws -> Int {
  for _ in 0..<1_000 {
    let port = Int.random(in: 10_000..<32_000)
    givenPorts.lock.lock()
    let isNew = givenPorts.ports.insert(port).inserted
    givenPorts.lock.unlock()
    if isNew, canBind(port) { return port }
  }
  throw TestServerError("no free port")
}

private func canBind(_ port: Int) -> Bool {
  let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(socket) }
  var address = loopback(port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

private let givenPorts = GivenPorts()

private final class GivenPorts: @unchecked Sendable {
  // Owner: whoever holds `lock`.
  let lock = NSLock()
  var ports: Set<Int> = []
}

/// Whether something listens on a port of 127.0.0.1.
public func accepts(_ port: Int) -> Bool {
  let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(socket) }
  var address = loopback(port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

private func loopback(_ port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return address
}
