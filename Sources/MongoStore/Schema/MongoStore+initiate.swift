import Glibc
public import HubContracts
import HubRuntime

extension MongoStore {
  /// How long a new replica set may take to have a primary.
  static let initiationLimitMs = 20_000

  /// Makes a replica set of the one server that `options` lead to, for development and tests, and waits for its
  /// primary. `member` is the server's `host:port`. False if it was one already.
  public static func initiateReplicaSet(
    _ options: MongoOptions, name: String, member: String
  ) async throws(StoreError) -> Bool {
    let outcome: Result<Bool, StoreError> = await withCheckedContinuation { continuation in
      let answer = Locked<CheckedContinuation<Result<Bool, StoreError>, Never>?>(continuation)
      _ = Thread.start(name: "mongo-initiate") {
        let worker = MongoWorker(MongoClients(options, .long), options, .long)
        defer { worker.end() }
        let outcome: Result<Bool, StoreError>
        do throws(MongoFailure) {
          outcome = .success(try worker.initiate(name: name, member: member))
        } catch {
          outcome = .failure(error.asStoreError)
        }
        answer.with { continuation in
          continuation?.resume(returning: outcome)
          continuation = nil
        }
      }
    }
    return try outcome.get()
  }
}

extension MongoWorker {
  fileprivate func initiate(name: String, member: String) throws(MongoFailure) -> Bool {
    do {
      _ = try run(.plain, database: "admin", inSession: false) {
        $0.document("replSetInitiate") {
          $0.string("_id", name)
          $0.documents("members", CollectionOfOne(member)) {
            $0.int32("_id", 0)
            $0.string("host", $1)
          }
        }
      }
    } catch {
      guard error.kind == .server(ServerCode.alreadyInitialized) else { throw error }
      return false
    }
    let deadline = monotonicMicros() &+ UInt64(MongoStore.initiationLimitMs) * 1000
    while monotonicMicros() < deadline {
      var reply = try run(.plain, database: "admin", inSession: false) { $0.int32("hello", 1) }
      if (try? reply.bool("isWritablePrimary")) == true { return true }
      usleep(50_000)
    }
    throw MongoFailure(kind: .noPrimary, message: "the new replica set has no primary")
  }
}
