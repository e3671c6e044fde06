import Foundation

/// Certificates of a test's own, made by `openssl`: an authority, and servers and clients that it has signed.
public final class Certificates: Sendable {
  /// A certificate and its key, in PEM.
  public struct Issued: Sendable {
    /// The certificate's file.
    public let certificate: String
    /// The key's file.
    public let key: String
    /// A file with both, as mongod wants it.
    public let both: String
  }

  private let folder: URL
  /// The authority's certificate.
  public let authority: String

  /// Makes an authority.
  public init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-ca-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    authority = folder.appendingPathComponent("ca.pem").path
    try openssl(
      ["req", "-x509"] + Self.newKey
        + ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority of a test", "-days", "2"])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Signs a certificate for names, `DNS:localhost,IP:127.0.0.1`; with `days` below 0 one that has expired.
  public func issue(_ name: String, for names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2) throws -> Issued {
    try openssl(
      ["req"] + Self.newKey
        + [
          "-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)",
        ])
    try openssl([
      "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "\(days)",
      "-copy_extensions", "copyall", "-out", "\(name).pem",
    ])
    let paths = [".pem", ".key", ".both"].map { folder.appendingPathComponent(name + $0) }
    try (Data(contentsOf: paths[0]) + Data(contentsOf: paths[1])).write(to: paths[2])
    return Issued(certificate: paths[0].path, key: paths[1].path, both: paths[2].path)
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

  private func openssl(_ words: [String]) throws {
    let log = folder.appendingPathComponent("openssl.log")
    let home = folder
    let process = try Spawner.shared.run {
      try ChildProcess(
        "/usr/bin/openssl", words, environment: ["PATH": "/usr/bin:/bin"], folder: home, output: log, errors: log)
    }
    guard process.wait() == 0 else {
      let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      throw TestServerError("openssl \(words.joined(separator: " ")) failed: \(said)")
    }
  }
}
