import HubTestSupport
import Foundation
import HubContracts
import HubRuntime
import Orders
import Testing

@testable import Credentials

/// What becomes of tokens whose bytes are damaged, signed rightly all the same: any program that has the secret may sign
/// what it likes.
@Suite struct DamagedTokenTests {
  private let now = JWTTokensTests.now
  private let payload =
    #"{"iss":"orderhub","aud":["orderhub","x"],"sub":"ann","tenant":"shop-1","role":"employee","iat":1.7e9,"#
    + #""nbf":1699999999.5,"exp":1700000600.25}"#

  @Test func aTokenIsTakenWithValidClaimsOrRefusedWithAReason() throws {
    let tokens = try JWTTokens(secret: JWTTokensTests.secret)
    var generator = SplitMix(state: 12)
    let alphabet = Array("{}[]\",:.0123456789eE+-ntfu\\ ".utf8) + [0, 0x7f, 0xc3, 0xff]
    var (taken, refused) = (0, Set<String>())
    for _ in 0..<2_000 {
      var bytes = Array(payload.utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        guard let place = bytes.indices.randomElement(using: &generator) else { continue }
        let byte = alphabet.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0...2, using: &generator) {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        default: bytes.remove(at: place)
        }
      }
      let signed = HandMade.base64URL(Array(JWTTokensTests.header.utf8)) + "." + HandMade.base64URL(bytes)
      let token =
        signed + "."
        + HandMade.base64URL(Digest.hmacSHA256(key: Array(JWTTokensTests.secret.utf8), Array(signed.utf8)))
      do throws(TokenRefusal) {
        let claims = try tokens.verify(token, now: now)
        taken += 1
        #expect(now < claims.expiresAt && claims.expiresAt.millis - now.millis <= TokenClaims.longestSeconds * 1_000)
      } catch {
        refused.insert(error.message)
        #expect(error != .badSignature && error != .wrongAlgorithm)
      }
    }
    // All ways were gone.
    #expect(taken > 100)
    #expect(refused.count >= 7, "\(refused.sorted())")
  }

  @Test func secondsInAnySpellingAreTheMillisecondsThatTheyAre() throws {
    var generator = SplitMix(state: 7519)
    for _ in 0..<3_000 {
      let whole = UInt64.random(in: 0...9_999_999_999, using: &generator)
      let fraction = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        String(Int.random(in: 0...9, using: &generator))
      }.joined()
      let exponent = Int.random(in: -6...3, using: &generator)
      let sign = Bool.random(using: &generator) ? "-" : ""
      let text = sign + "\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)") + (exponent == 0 ? "" : "e\(exponent)")
      // 38 digits, of which these need 34 at most.
      let plain = "\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
      var exact = try #require(Decimal(string: plain)) * pow(Decimal(10), exponent + 6) / 1_000
      var down = Decimal()
      NSDecimalRound(&down, &exact, 0, .down)
      let expected = sign.isEmpty ? down : -down - (down == exact ? 0 : 1)
      #expect(Decimal(NumericDate.millis(Text(text))) == expected, "\(text)")
    }
  }

  @Test(arguments: [
    ("1e400", NumericDate.limitMillis), ("-1e400", -NumericDate.limitMillis), ("1e-400", 0), ("-1e-400", -1),
    ("0e999999999999999999999", 0), ("1e-999999999999999999999", 0), ("-0", 0), ("-0.0001", -1), ("0.0009", 0),
    (String(repeating: "9", count: 64), NumericDate.limitMillis), ("1E+3", 1_000_000),
  ])
  func whatIsTooFarStopsAtTheLimit(text: String, millis: Int64) {
    #expect(NumericDate.millis(Text(text)) == millis)
  }
}
