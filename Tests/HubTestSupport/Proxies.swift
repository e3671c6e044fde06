import Foundation

/// Real reverse proxies before servers of a test, of Debian's packages `haproxy` and `nginx-light`.
public enum Proxies {
  /// A haproxy with the configuration that `text` gives for its folder and port. It stays in the foreground, in the test's
  /// own process tree, and what it says is in its log.
  public static func haproxy(_ text: (URL, Int) throws -> String) throws -> ServerProcess {
    try start("/usr/sbin/haproxy", text) { ["-db", "-f", $0.path] }
  }

  /// An nginx whose `http` block holds what `text` gives for its folder and port. It is one process: no worker of it is
  /// left when the test ends.
  public static func nginx(_ text: (URL, Int) throws -> String) throws -> ServerProcess {
    let whole = { (folder: URL, port: Int) throws -> String in
      let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder.path)/\($0);" }
      return """
        daemon off; master_process off; pid \(folder.path)/nginx.pid; error_log stderr notice;
        events { worker_connections 1024; }
        http {
        access_log off;
        \(places.joined(separator: "\n"))
        \(try text(folder, port))
        }

        """
    }
    return try start("/usr/sbin/nginx", whole) { ["-e", "stderr", "-c", $0.path] }
  }

  private static func start(
    _ program: String, _ text: (URL, Int) throws -> String, _ words: (URL) -> [String]
  ) throws -> ServerProcess {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw TestServerError("there is no \(program): run the tests with scripts/test")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "orderhub-proxy-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let port = try freePort()
    let file = folder.appendingPathComponent("proxy.conf")
    try text(folder, port).write(to: file, atomically: false, encoding: .utf8)
    return try ServerProcess(program, port: port, folder: folder) { _, _ in words(file) }
  }

  /// What haproxy thinks of a server, `UP`, `DOWN` or on the way from one to the other; asked at the `stats socket` that its
  /// configuration has on this port of 127.0.0.1.
  public static func haproxyStatus(of server: String, in backend: String, statsPort: Int) throws -> String {
    let client = try RawClient(port: statsPort)
    try client.send("show stat\n")
    while let line = try? client.line() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if fields.count > 17, fields[0] == backend, fields[1] == server { return String(fields[17]) }
    }
    throw TestServerError("haproxy knows no \(backend)/\(server)")
  }
}
