import CMongoc
import HubContracts
import Orders

/// A command that did not do what it was sent for.
struct MongoFailure: Error, Sendable {
  /// Where it failed.
  enum Kind: Sendable, Equatable {
    /// No primary was found: nothing was sent.
    case noPrimary
    /// The connection broke or gave no answer: the server may have acted.
    case network
    /// The server refused, with this code.
    case server(Int32)
    /// The answer or the command makes no sense.
    case broken
  }
  let kind: Kind
  let message: String
  /// The whole transaction may be tried again.
  var isTransient = false
  /// The commit may have happened.
  var isUnknownCommit = false

  /// A document was written by somebody else in the same moment.
  var isWriteConflict: Bool { kind == .server(ServerCode.writeConflict) }
  /// Something unique is there already.
  var isDuplicate: Bool { kind == .server(ServerCode.duplicateKey) }

  /// The server is not there or cannot serve now.
  var isAway: Bool {
    switch kind {
    case .noPrimary, .network: true
    case .server(let code): ServerCode.away.contains(code)
    case .broken: false
    }
  }

  /// Of a read, or of a write that surely did not happen.
  var asStoreError: StoreError {
    switch kind {
    case .noPrimary, .network: .unavailable(message)
    case .server(let code):
      ServerCode.away.contains(code) || ServerCode.late.contains(code) || isTransient
        ? .unavailable("\(message) (\(code))") : .broken("\(message) (\(code))")
    case .broken: .broken(message)
    }
  }

  /// Of a write outside a transaction: what broke on the way may have happened.
  var asWriteError: StoreError {
    switch kind {
    case .network: .outcomeUnknown(message)
    case .server(let code) where ServerCode.away.contains(code) || ServerCode.late.contains(code):
      .outcomeUnknown("\(message) (\(code))")
    case .noPrimary, .server, .broken: asStoreError
    }
  }
}

/// The server's error codes that mean something here.
enum ServerCode {
  static let writeConflict: Int32 = 112
  static let duplicateKey: Int32 = 11_000
  static let namespaceExists: Int32 = 48
  static let indexNotFound: Int32 = 27
  /// Another process made, at the same moment, an index of one name and other keys, or the other way round.
  static let indexDiffers: Set<Int32> = [85, 86]
  /// A hashed key would be an array.
  static let arrayHashed: Int32 = 16_766
  static let alreadyInitialized: Int32 = 23
  static let unauthorized: Int32 = 13
  static let loginFailed: Int32 = 18
  static let unknownCommand: Int32 = 59
  /// Not primary, shutting down, stepping down, host not found or unreachable.
  static let away: Set<Int32> = [6, 7, 89, 91, 189, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436]
  /// Out of its time: maxTimeMS, write concern, exceeded limits.
  static let late: Set<Int32> = [50, 64, 100, 202, 262]
}

extension MongoFailure {
  /// Reads what the driver and the server said.
  init(_ error: bson_error_t, reply: UnsafeRawBufferPointer) {
    let code = Int32(bitPattern: error.code)
    switch mongoc_error_domain_t(rawValue: error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION: kind = .noPrimary
    case MONGOC_ERROR_STREAM: kind = .network
    case MONGOC_ERROR_SERVER, MONGOC_ERROR_WRITE_CONCERN: kind = .server(code)
    default: kind = .broken
    }
    message = driverMessage(error)
    readLabels(reply)
  }

  private mutating func readLabels(_ reply: UnsafeRawBufferPointer) {
    guard var reader = try? BSONReader(reply), var labels = try? reader.optionalDocument("errorLabels") else { return }
    while let label = try? labels.nextValue() {
      switch label.text {
      case "TransientTransactionError": isTransient = true
      case "UnknownTransactionCommitResult": isUnknownCommit = true
      default: break
      }
    }
  }
}

extension MongoFailure {
  /// Throws the first error of a command's statements, if there is one.
  static func check(_ reply: inout BSONReader) throws {
    if let error = try WriteError.first(of: &reply) { throw error.failure }
  }
}

/// What a server answers of a statement that it did not do, beside those that it did.
struct WriteError {
  /// Which of the command's statements.
  let index: Int
  let code: Int32
  let message: String

  /// The first of a command's reply; nil if all were done.
  static func first(of reply: inout BSONReader) throws -> WriteError? {
    guard var errors = try reply.optionalDocument("writeErrors"), let first = try errors.nextValue() else { return nil }
    var error = try first.reader()
    return WriteError(
      index: try error.int("index"), code: Int32(truncatingIfNeeded: try error.integer("code")),
      message: try error.optionalString("errmsg")?.string ?? "a write error")
  }

  var failure: MongoFailure { MongoFailure(kind: .server(code), message: message) }
}

extension BSONError {
  /// As the store's callers see it.
  var asStoreError: StoreError { .broken("a stored document: \(self)") }
}
