import CJWT
import Glibc
public import HubContracts
import HubRuntime
public import Orders

/// Tokens signed with HS256 and nothing else: `{"iss","aud","sub","tenant","role","iat","exp"}`.
public struct JWTTokens: TokenVerifier, TokenIssuer {
  /// The `iss` and the `aud` of every token.
  public static let hub: Text = "orderhub"
  /// The longest token that is looked at, in bytes.
  public static let tokenLimitBytes = 4_096
  /// The fewest bytes of a secret.
  public static let secretBytes = 32
  /// How far another machine's clock may be ahead, in seconds.
  public static let leewaySeconds: Int64 = 60

  /// The digits of a signature in base64url.
  private static let signatureDigits = 43

  private let secret: [UInt8]

  /// Signs and checks with a secret of at least 32 bytes; throws for a shorter one.
  public init(secret: String) throws(CredentialError) {
    guard secret.utf8.count >= Self.secretBytes else {
      throw .failed("the secret has \(secret.utf8.count) bytes, allowed are \(Self.secretBytes) or more")
    }
    self.secret = Array(secret.utf8)
  }

  // MARK: Checking

  /// The claims of a token that is right in every respect.
  public func verify(_ token: String, now: Timestamp) throws(TokenRefusal) -> TokenClaims {
    let header = try TokenHeader(of: token)
    // Before the signature: an algorithm that the client chooses is no proof of anything.
    guard header.algorithm == "HS256" else { throw .wrongAlgorithm }
    // Also before it, to tell a token that cannot be read from one that is forged; nothing that it says is believed yet.
    let payload = try TokenPayload(of: token)
    guard fits(token) else { throw .badSignature }
    return try claims(payload, now: now)
  }

  /// Whether the last part is the HS256 signature of what stands before it. Nothing of it is parsed.
  public func fits(_ token: String) -> Bool {
    let bytes = Array(token.utf8)
    guard bytes.count <= Self.tokenLimitBytes, let dot = bytes.lastIndex(of: UInt8(ascii: ".")),
      bytes.count - dot - 1 == Self.signatureDigits, let signature = TokenHeader.decode(bytes[(dot + 1)...])
    else { return false }
    return Digest.areEqual(Digest.hmacSHA256(key: secret, Array(bytes[..<dot])), signature)
  }

  private func claims(_ payload: TokenPayload, now: Timestamp) throws(TokenRefusal) -> TokenClaims {
    guard payload.text("iss") == Self.hub else { throw .wrongIssuer }
    guard payload.isFor(Self.hub) else { throw .wrongAudience }
    guard let expiresAt = try payload.moment(.exp) else { throw .noExpiry }
    guard now < expiresAt else { throw .expired }
    guard expiresAt.millis - now.millis <= TokenClaims.longestSeconds * 1_000 else { throw .endsTooLate }
    let issuedAt = try payload.moment(.iat)
    for begin in [try payload.moment(.nbf), issuedAt] {
      if let begin, begin.millis > now.millis + Self.leewaySeconds * 1_000 { throw .notYetValid }
    }
    guard let tenant = payload.text("tenant").flatMap({ TenantID($0) }),
      let user = payload.text("sub").flatMap({ UserID($0) }), let role = payload.text("role").flatMap({ Role($0) })
    else { throw .badClaims }
    return TokenClaims(
      actor: Actor(tenant: tenant, user: user, role: role), issuedAt: issuedAt, expiresAt: expiresAt)
  }

  // MARK: Making

  /// A signed token; its times are whole seconds, and it is never good for longer than asked.
  public func issue(for actor: Actor, now: Timestamp, lifetimeSeconds: Int64) throws(CredentialError) -> String {
    let issuedAt = Self.seconds(now)
    let (expiresAt, overflows) = issuedAt.addingReportingOverflow(lifetimeSeconds)
    guard (1...TokenClaims.longestSeconds).contains(lifetimeSeconds), !overflows else {
      throw .failed("a lifetime of \(lifetimeSeconds) s, allowed are 1 to \(TokenClaims.longestSeconds)")
    }
    var token: OpaquePointer?
    guard jwt_new(&token) == 0, let token else { throw .failed("no memory for a token") }
    defer { jwt_free(token) }
    let texts = [
      ("iss", Self.hub.string), ("aud", Self.hub.string), ("sub", actor.user.text), ("tenant", actor.tenant.text),
      ("role", actor.role.rawValue),
    ]
    for (name, value) in texts {
      guard jwt_add_grant(token, name, value) == 0 else { throw .failed("the claim \(name) was not taken") }
    }
    for (name, value) in [("iat", issuedAt), ("exp", expiresAt)] {
      guard jwt_add_grant_int(token, name, Int(value)) == 0 else { throw .failed("the claim \(name) was not taken") }
    }
    guard jwt_set_alg(token, JWT_ALG_HS256, secret, Int32(secret.count)) == 0, let text = jwt_encode_str(token) else {
      throw .failed("the token was not signed")
    }
    defer { free(text) }
    return String(cString: text)
  }

  /// Whole seconds, rounded down.
  private static func seconds(_ moment: Timestamp) -> Int64 {
    let (quotient, rest) = moment.millis.quotientAndRemainder(dividingBy: 1_000)
    return rest < 0 ? quotient - 1 : quotient
  }
}
