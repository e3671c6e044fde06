import HubContracts
import HubRuntime
import Testing

@testable import Credentials

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

  @Test func onePasswordIsTheSameFromEveryKeyboard() async throws {
    let hasher = try Argon2Hasher(threads: 2)
    let hash = try await hasher.hash("caf\u{e9} au lait")
    for typed in ["caf\u{e9} au lait", "cafe\u{301} au lait", "caf\u{e9}\u{a0}au\u{3000}lait"] {
      #expect(try await hasher.match(typed, against: hash) == .asPrepared, "\(typed.debugDescription)")
    }
    for typed in ["cafe au lait", "Caf\u{e9} au lait", " caf\u{e9} au lait", "caf\u{e9}au lait"] {
      #expect(try await hasher.match(typed, against: hash) == .no, "\(typed.debugDescription)")
    }
    await end(hasher)
  }

  @Test func aHashFromBeforePasswordsWerePreparedGoesOnFitting() async throws {
    let hasher = try Argon2Hasher(threads: 2)
    for typed in ["cafe\u{301} au lait", "a\u{a0}blank", "with\u{200b}out a gap", "a\ttab inside"] {
      let former = try Argon2Hasher.encoded(typed).get()
      #expect(try await hasher.match(typed, against: former) == .asTyped, "\(typed.debugDescription)")
      #expect(try await hasher.verify(typed, against: former))
      #expect(try await hasher.match("another", against: former) == .no)
      #expect(try await hasher.match(typed, against: nil) == .no)
    }
    let former = try Argon2Hasher.encoded("plain words").get()
    #expect(try await hasher.match("plain words", against: former) == .asPrepared)
    await end(hasher)
  }

  @Test(arguments: ["", "a\u{0}b and more", "not\u{200b}seen", "tab\tinside", "\u{202e}turned"])
  func whatNoPasswordMayHoldIsNotHashed(password: String) async throws {
    let hasher = try Argon2Hasher()
    let defect = try #require(Argon2Hasher.defect(of: password))
    await #expect(throws: CredentialError.unfit(defect)) { try await hasher.hash(password) }
    #expect(Argon2Hasher.defect(of: "correct horse") == nil)
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
