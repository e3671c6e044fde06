public import HubContracts
public import Orders

/// Checks each token once; after that its bytes say whose it is, until it runs out.
public struct CachedVerifier: TokenVerifier {
  private let verifier: any TokenVerifier
  private let known = TokenCache()

  /// Stands before a verifier.
  public init(_ verifier: any TokenVerifier) { self.verifier = verifier }

  /// See `TokenVerifier`.
  public func verify(_ token: String, now: Timestamp) throws(TokenRefusal) -> TokenClaims {
    if let claims = known(token, now: now) { return claims }
    let claims = try verifier.verify(token, now: now)
    var token = token
    guard token.withUTF8({ known.insert(UnsafeRawBufferPointer($0), claims) }) else { throw .ended }
    return claims
  }

  /// What is known of a token that was verified before and has not run out.
  public func known(_ token: String, now: Timestamp) -> TokenClaims? {
    var token = token
    return token.withUTF8 { known.claims(for: UnsafeRawBufferPointer($0), now: now) }
  }

  /// Ends tokens; which of the ends are news.
  public func end(_ ends: [TokenEnd]) -> [TokenEnd] { known.end(ends) }

  /// Whether a token that was verified before was ended since.
  public func hasEnded(_ claims: TokenClaims) -> Bool { known.hasEnded(claims) }

  /// See `TokenVerifier`.
  public func fits(_ token: String) -> Bool { verifier.fits(token) }
}
