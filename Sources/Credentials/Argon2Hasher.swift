import CArgon2
public import HubContracts
import HubRuntime
import Orders
import Spelling

/// Passwords as argon2id hashes of 19 MiB and two passes, on threads of its own.
///
/// What is hashed is the password as RFC 8265's OpaqueString prepares it (`PasswordText`), so that it is the same from
/// every keyboard. Hashes from before are of what was typed: they go on fitting, and `match` tells them.
public final class Argon2Hasher: PasswordHasher {
  private let pool: BlockingPool<Void>
  /// A hash that no password was asked for: where there is no user, checking takes as long.
  private let nobody: String

  /// Memory of one hash, in KiB.
  public static let memoryKiB: UInt32 = 19_456
  /// Passes over it.
  public static let passes: UInt32 = 2
  private static let lanes: UInt32 = 1
  private static let saltBytes = 16
  private static let hashBytes = 32

  /// Starts `threads` threads; at most `queueLimit` hashes wait for them. Takes as long as one hash.
  public init(threads: Int = 1, queueLimit: Int = 64) throws(CredentialError) {
    nobody = try Self.encoded("").get()
    pool = BlockingPool(name: "argon2", threads: threads, queueLimit: queueLimit) { _ in }
  }

  /// The encoded hash of a password, with a salt of its own. Throws `unfit` for one that cannot be prepared,
  /// `overloaded` if too many wait.
  public func hash(_ password: String) async throws(CredentialError) -> String {
    if let defect = Self.defect(of: password) { throw .unfit(defect) }
    return try await run { Self.prepared(password).map(Self.encoded) ?? .failure(.failed("it cannot be prepared")) }
  }

  /// Why a password cannot be taken; nil if it can.
  public static func defect(of password: String) -> String? {
    do throws(PasswordDefect) {
      _ = try PasswordText(Text(password))
      return nil
    } catch { return error.explanation }
  }

  /// Whether the password is the hashed one; with nil it takes as long and says false. Throws `failed` if the hash is not
  /// one of argon2id.
  public func verify(_ password: String, against hash: String?) async throws(CredentialError) -> Bool {
    try await match(password, against: hash) != .no
  }

  /// The same, and in which form. One that is prepared to something else than was typed is tried in both: so much longer
  /// does it take, whoever is asked for.
  public func match(_ password: String, against hash: String?) async throws(CredentialError) -> PasswordMatch {
    let nobody = nobody
    return try await run {
      let outcome = Self.match(password, hash ?? nobody)
      return hash == nil ? outcome.map { _ in .no } : outcome
    }
  }

  /// Lets what waits finish, and ends the threads. It blocks.
  public func close() { pool.close() }

  private func run<Success: Sendable>(
    _ job: @escaping @Sendable () -> Result<Success, CredentialError>
  ) async throws(CredentialError) -> Success {
    let result: Result<Success, CredentialError>
    do throws(PoolError) {
      result = try await pool.run { _ in job() }
    } catch {
      switch error {
      case .full: throw .overloaded
      case .closed: throw .failed("the hasher is closed")
      }
    }
    return try result.get()
  }

  static func encoded(_ password: String) -> Result<String, CredentialError> {
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<saltBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let length = argon2_encodedlen(passes, memoryKiB, lanes, UInt32(saltBytes), UInt32(hashBytes), Argon2_id)
    var text = [CChar](repeating: 0, count: length)
    let bytes = Array(password.utf8)
    let code = argon2id_hash_encoded(
      passes, memoryKiB, lanes, bytes, bytes.count, salt, salt.count, hashBytes, &text, text.count)
    guard code == ARGON2_OK.rawValue else { return .failure(failure(code)) }
    return .success(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  private static func prepared(_ password: String) -> String? { try? PasswordText(Text(password)).text }

  private static func match(_ password: String, _ hash: String) -> Result<PasswordMatch, CredentialError> {
    if let prepared = prepared(password) {
      let outcome = check(prepared, hash)
      if Text(prepared) == Text(password) { return outcome.map { $0 ? .asPrepared : .no } }
      switch outcome {
      case .success(false): break
      case .success(true): return .success(.asPrepared)
      case .failure(let error): return .failure(error)
      }
    }
    return check(password, hash).map { $0 ? .asTyped : .no }
  }

  private static func check(_ password: String, _ hash: String) -> Result<Bool, CredentialError> {
    let bytes = Array(password.utf8)
    let code = argon2id_verify(hash, bytes, bytes.count)
    switch code {
    case ARGON2_OK.rawValue: return .success(true)
    case ARGON2_VERIFY_MISMATCH.rawValue: return .success(false)
    default: return .failure(failure(code))
    }
  }

  private static func failure(_ code: Int32) -> CredentialError {
    .failed("argon2: \(argon2_error_message(code).map { String(cString: $0) } ?? String(code))")
  }
}
