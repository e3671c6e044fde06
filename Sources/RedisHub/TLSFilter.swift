import CSSL
import Glibc

/// What TLS needs beside the host.
struct TLSOptions: Sendable, Equatable {
  /// Certificates in PEM, one of which must have signed the server's; nil for those that the system trusts.
  var caFile: String?
  /// This side's certificate, with those between it and its CA, in PEM; nil for none.
  var certificateFile: String?
  /// Its key, in PEM and without a password; nil for none.
  var keyFile: String?
}

/// TLS between the bytes on the wire and those of the protocol: it touches no socket, so whoever owns one goes on
/// waiting for it as before. Version 1.2 or later; the server's certificate must be signed by a CA that is trusted and
/// be for the host that was asked for. The files are read anew for each connection, so one that was renewed is taken.
///
/// Owner: the thread that made it.
final class TLSFilter {
  private let context: OpaquePointer
  private let session: OpaquePointer
  /// What the session reads from and writes to; they are its own, and go with it.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private let host: String

  // From openssl/ssl.h and tls1.h, where most of them are macros.
  private static let setMinimalVersion: Int32 = 123
  private static let version1_2 = 0x0303
  private static let setMode: Int32 = 33
  private static let modePartialAndMoving = 1 | 2
  private static let setServerName: Int32 = 55
  private static let noRenegotiation: UInt64 = 1 << 30
  private static let pem: Int32 = 1
  private static let wantsRead: Int32 = 2
  private static let isClosed: Int32 = 6

  init(host: String, _ options: TLSOptions) throws(LinkFailure) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw LinkFailure("no memory for TLS", .tls) }
    do throws(LinkFailure) {
      try Self.prepare(context, options)
      guard let session = SSL_new(context) else { throw LinkFailure("no memory for TLS", .tls) }
      guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
        SSL_free(session)
        throw LinkFailure("no memory for TLS", .tls)
      }
      SSL_set_bio(session, incoming, outgoing)
      (self.session, self.incoming, self.outgoing) = (session, incoming, outgoing)
    } catch {
      SSL_CTX_free(context)
      throw error
    }
    self.context = context
    self.host = host
    // A name goes into the greeting, so that a server with several certificates knows which; an address may not.
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) != 1 {
      ERR_clear_error()
      guard SSL_set1_host(session, host) == 1 else { throw LinkFailure("TLS cannot look for the name \(host)", .tls) }
      _ = host.withCString { SSL_ctrl(session, Self.setServerName, 0, UnsafeMutableRawPointer(mutating: $0)) }
    }
    SSL_set_connect_state(session)
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  private static func prepare(_ context: OpaquePointer, _ options: TLSOptions) throws(LinkFailure) {
    _ = SSL_CTX_ctrl(context, setMinimalVersion, version1_2, nil)
    _ = SSL_CTX_ctrl(context, setMode, modePartialAndMoving, nil)
    _ = SSL_CTX_set_options(context, noRenegotiation)
    hub_ssl_verify_peer(context)
    hub_ssl_ask_nobody(context)
    if let file = options.caFile {
      guard SSL_CTX_load_verify_file(context, file) == 1 else {
        throw LinkFailure("REDIS_CA_FILE holds no certificates that can be read: \(file)", .tls)
      }
    } else {
      _ = SSL_CTX_set_default_verify_paths(context)
    }
    if let file = options.certificateFile, SSL_CTX_use_certificate_chain_file(context, file) != 1 {
      throw LinkFailure("REDIS_CERTIFICATE_FILE holds no certificate that can be read: \(file)", .tls)
    }
    if let file = options.keyFile, SSL_CTX_use_PrivateKey_file(context, file, pem) != 1 {
      throw LinkFailure(
        "REDIS_KEY_FILE holds no key without a password that fits REDIS_CERTIFICATE_FILE: \(file)", .tls)
    }
    ERR_clear_error()
  }

  /// Goes on with the first words; true once both sides are done.
  func shakeHands() throws(LinkFailure) -> Bool {
    ERR_clear_error()
    let outcome = SSL_do_handshake(session)
    if outcome == 1 { return true }
    guard SSL_get_error(session, outcome) == Self.wantsRead else { throw failure() }
    return false
  }

  /// Takes what came over the wire.
  func feed(_ bytes: UnsafeRawBufferPointer) {
    // A memory buffer takes all, and a read is never larger than an Int32.
    _ = BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count))
  }

  /// Gives bytes of the protocol; 0 if none are there yet.
  func read(into room: UnsafeMutableRawBufferPointer) throws(LinkFailure) -> Int {
    ERR_clear_error()
    let count = SSL_read(session, room.baseAddress, Int32(clamping: room.count))
    if count > 0 { return Int(count) }
    switch SSL_get_error(session, count) {
    case Self.wantsRead: return 0
    case Self.isClosed: throw LinkFailure("the server closed the connection")
    default: throw failure()
    }
  }

  /// Takes bytes of the protocol.
  func write(_ bytes: [UInt8]) throws(LinkFailure) {
    var start = 0
    while start < bytes.count {
      ERR_clear_error()
      let count = bytes.withUnsafeBytes {
        SSL_write(session, $0.baseAddress.map { $0 + start }, Int32(clamping: $0.count - start))
      }
      // What it writes to is memory: it never has to wait.
      guard count > 0 else { throw failure() }
      start += Int(count)
    }
  }

  /// Appends what is to go over the wire.
  func takeOutput(to bytes: inout [UInt8]) {
    let count = BIO_ctrl_pending(outgoing)
    guard count > 0 else { return }
    bytes.append(
      contentsOf: [UInt8](unsafeUninitializedCapacity: count) { room, filled in
        filled = max(0, Int(BIO_read(outgoing, room.baseAddress, Int32(clamping: count))))
      })
  }

  /// What went wrong, in words for an operator.
  private func failure() -> LinkFailure {
    let error = ERR_get_error()
    let verdict = SSL_get_verify_result(session)
    if verdict != 0 { return LinkFailure("TLS: \(Self.words(verdict, host))", .tls) }
    let reason = ERR_reason_error_string(error).map { String(cString: $0) } ?? "error \(error)"
    if reason == "wrong version number" || reason == "packet length too long" || reason == "http request" {
      return LinkFailure(
        "TLS: what answers there does not speak it: is it the port for redis:// and not rediss://?", .tls)
    }
    return LinkFailure("TLS: \(reason)", .tls)
  }

  /// A verdict on a certificate, of openssl/x509_vfy.h.
  private static func words(_ verdict: Int, _ host: String) -> String {
    switch verdict {
    case 9: "the server's certificate is not valid yet: is the clock right?"
    case 10: "the server's certificate has expired"
    case 62, 64: "the server's certificate is not for \(host)"
    case 2, 18, 19, 20, 21:
      "the server's certificate is signed by no CA that is trusted here: set REDIS_CA_FILE to the one that did"
    default: "the server's certificate is refused: \(String(cString: X509_verify_cert_error_string(verdict)))"
    }
  }
}
