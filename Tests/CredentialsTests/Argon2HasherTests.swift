import Credentials
import HubContracts
import HubRuntime
import Testing

@Suite struct Argon2HasherTests {
  @Test func verifiesThePasswordAndNoOther() async throws {
    let hasher = try Argon2Hasher(threads: 2)
    let hash = try await hasher.hash("correct horse")
    #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(try await hasher.verify("correct horse", against: hash))
    #expect(try await !hasher.verify("correct horsf", against: hash))
    #expect(try await !hasher.verify("", against: hash))
    #expect(try await hasher.hash("correct horse") != hash)
    await end(hasher)
  }

  @Test func saysNoToNobodyInTheSameTime() async throws {
    let hasher = try Argon2Hasher()
    let hash = try await hasher.hash("secret password")
    func micros(_ hash: String?) async throws -> UInt64 {
      let start = monotonicMicros()
      #expect(try await !hasher.verify("a guess", against: hash))
      return monotonicMicros() - start
    }
    var somebody = UInt64.max
    var nobody = UInt64.max
    // The quickest of each, and more of them where others use the machine too: equal work, and far from at once.
    for turn in 0..<60 where turn < 8 || nobody <= somebody / 2 {
      somebody = min(somebody, try await micros(hash))
      nobody = min(nobody, try await micros(nil))
    }
    #expect(nobody > somebody / 2)
    #expect(try await !hasher.verify("", against: nil))
    await end(hasher)
  }

  @Test func failsOnWhatIsNoHash() async throws {
    let hasher = try Argon2Hasher()
    for broken in ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv"] {
      await #expect(throws: CredentialError.self) { try await hasher.verify("plain", against: broken) }
    }
    await end(hasher)
  }

  @Test func refusesMoreThanMayWait() async throws {
    let hasher = try Argon2Hasher(threads: 1, queueLimit: 2)
    let outcomes = await withTaskGroup(of: CredentialError?.self) { group in
      for _ in 0..<40 {
        group.addTask {
          do {
            _ = try await hasher.hash("password")
            return nil
          } catch {
            return error as? CredentialError
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.contains(.overloaded))
    #expect(outcomes.contains(nil))
    #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
    await end(hasher)
    await #expect(throws: CredentialError.failed("the hasher is closed")) { try await hasher.hash("password") }
  }

  private func end(_ hasher: Argon2Hasher) async {
    await withCheckedContinuation { continuation in
      Thread.start(name: "end") {
        hasher.close()
        continuation.resume()
      }.detach()
    }
  }
}
