import HubContracts
import HubRuntime
import OrderDesk
import Orders

/// The keys that this process is working on.
final class RunningKeys: Sendable {
  private let keys = Locked<Set<AnswerKey>>([])

  /// False if the key is being worked on already.
  func begin(_ key: AnswerKey) -> Bool { keys.with { $0.insert(key).inserted } }
  func end(_ key: AnswerKey) { keys.with { _ = $0.remove(key) } }
}

extension OrderAPI {
  /// Runs a write once for each `Idempotency-Key`: the first answer is kept in the write's own transaction, so a repeat
  /// finds it exactly if the write happened. Marks in this process and in Redis tell that one is still running.
  func keyed(_ call: Call, _ run: (Call) async throws -> HTTPReply) async throws -> HTTPReply {
    guard let slot = try slot(of: call) else { return try await run(call) }
    var call = call
    call.answerSlot = slot
    guard running.begin(slot.key) else { throw Problem.stillRunning }
    defer { running.end(slot.key) }
    if let kept = try await parts.store.keptAnswer(slot.key, for: slot.fingerprint) {
      return try Self.replay(kept, for: slot)
    }
    let token = parts.ids.token(bytes: 8)
    crashPoint(.beforeKeyMark)
    // Without Redis the transaction's own key still lets only one through.
    let isFirst = (try? await parts.cache.begin(slot.key, token: token)) ?? true
    guard isFirst else {
      if let kept = try await parts.store.keptAnswer(slot.key, for: slot.fingerprint) {
        return try Self.replay(kept, for: slot)
      }
      throw Problem.stillRunning
    }
    crashPoint(.afterKeyMark)
    let outcome: Result<HTTPReply, any Error>
    do { outcome = .success(try await run(call)) } catch { outcome = .failure(error) }
    crashPoint(.beforeKeyEnd)
    // Before the answer, so that whoever repeats at once is not told that it still runs.
    try? await parts.cache.end(slot.key, token: token)
    do {
      return try outcome.get()
    } catch {
      let problem = problem(for: error, log: log.with("requestId", call.request.requestID))
      // A refusal that a rule decided is an answer like any other; what was not understood may be sent again, corrected.
      if error is Refusal, problem.status == 409 || problem.code.hasPrefix("ORD-") {
        return try await keep(problem, slot, call)
      }
      throw problem
    }
  }

  private func keep(_ problem: Problem, _ slot: AnswerSlot, _ call: Call) async throws -> HTTPReply {
    let reply = problem.reply(requestID: call.request.requestID)
    let answer = KeptAnswer(
      key: slot.key, fingerprint: slot.fingerprint, status: reply.status, contentType: Problem.contentType,
      body: reply.body.bytes, at: parts.clock.now())
    crashPoint(.beforeRefusalKept)
    if try await parts.store.keep(answer) {
      crashPoint(.afterRefusalKept)
      return reply
    }
    return try await firstAnswer(for: slot)
  }

  /// The answer of another process that was given the same request, and was first.
  func firstAnswer(for slot: AnswerSlot) async throws -> HTTPReply {
    guard let first = try await parts.store.keptAnswer(slot.key, for: slot.fingerprint) else {
      throw Problem.stillRunning
    }
    return try Self.replay(first, for: slot)
  }

  /// Where the answer of a keyed request goes; nil without a key.
  private func slot(of call: Call) throws -> AnswerSlot? {
    guard call.route.isKeyed, let key = call.request.header("Idempotency-Key"), let caller = call.caller else {
      return nil
    }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Problem(
        status: 400, code: "invalid_idempotency_key",
        detail: "Idempotency-Key has \(key.utf8.count) bytes; 1 to 255 printable ASCII characters are allowed")
    }
    let fingerprints = call.bodiesOfOneMeaning.map {
      fingerprint($0 + call.condition, caller.user, isSecret: call.route.takesPassword)
    }
    return AnswerSlot(
      key: AnswerKey(tenant: caller.tenant, user: caller.user, route: call.canonicalRoute, key: key),
      fingerprint: fingerprints[0], others: Array(fingerprints.dropFirst()))
  }

  /// What a body comes to. The user is in it since keys were a whole tenant's; answers of that time are known by it.
  private func fingerprint(_ body: [UInt8], _ user: UserID, isSecret: Bool) -> String {
    let text = body + Array("\n\(user.text)".utf8)
    // It is stored, and nobody is to find a password by trying: without the key it cannot be made.
    return isSecret
      ? Digest.hex(Digest.hmacSHA256(key: options.signingKey, Array("answer\n".utf8) + text)) : Digest.sha256Hex(text)
  }

  /// The first answer again; or 422, if it was the answer to another body.
  static func replay(_ kept: KeptAnswer, for slot: AnswerSlot) throws -> HTTPReply {
    guard slot.fits(kept) else { throw Problem.otherBody }
    return HTTPReply(
      status: kept.status, contentType: kept.contentType, headers: [("Idempotent-Replayed", "true")],
      body: SharedBytes(kept.body))
  }

  /// What a command's outcome is to the client.
  func reply(_ outcome: Outcome) throws -> HTTPReply {
    switch outcome {
    case .done(let status, let body): return HTTPReply(status: status, body: body)
    case .refused(let refusal): throw refusal
    case .replay(let kept):
      return HTTPReply(
        status: kept.status, contentType: kept.contentType, headers: [("Idempotent-Replayed", "true")],
        body: SharedBytes(kept.body))
    case .otherBody: throw Problem.otherBody
    case .running: throw Problem.stillRunning
    case .unavailable(let cause): throw StoreError.unavailable(cause)
    case .unknown(let cause): throw StoreError.outcomeUnknown(cause)
    case .contended:
      throw Problem.unavailable(
        "others changed this order at the same time; nothing was written", code: "contended", retryAfterSeconds: 1)
    case .overloaded(let lack): throw lack
    case .broken(let cause): throw StoreError.broken(cause)
    }
  }
}

extension Call {
  /// What beside its body says what is asked.
  fileprivate var condition: [UInt8] {
    guard route.isVersioned, let header = request.header("If-Match") else { return [] }
    return Array("\nIf-Match: \(header.trimmed)".utf8)
  }
}

extension Problem {
  fileprivate static let stillRunning = Problem(
    status: 409, code: "idempotency_key_in_use", detail: "a request with this Idempotency-Key is still running",
    canRetry: true, suggestedAction: "repeat the request in a moment", headers: [("Retry-After", "1")])
  fileprivate static let otherBody = Problem(
    status: 422, code: "idempotency_key_reused", detail: "this Idempotency-Key was used with another body",
    suggestedAction: "send a new key with a new request")
}
