public import Orders

/// What makes the search words of stored orders anew after the rule for them has changed, while the hub works.
///
/// Until it is done a search asks by both rules, so that every order is found by the words that it has.
public protocol SearchRenewer: Sendable {
  /// Goes through the next orders, at most `limit` (1…1,000). Any number may do it at once, and whoever comes after one
  /// that was killed goes on where it was.
  func renewSearch(now: Timestamp, limit: Int) async throws(StoreError) -> SearchRenewal
  /// Has it begin anew, whatever was done before: after a process of an older version has written again.
  func restartSearchRenewal() async throws(StoreError)
}

/// How far it is.
public enum SearchRenewal: Sendable, Equatable {
  /// So many of the orders looked at got new words; there are more to look at.
  case underWay(renewed: Int)
  /// All were looked at, and so many in all had got new words. Another look follows once processes of the version
  /// before have ended, for what they still write has the words of the rule before.
  case looked(renewed: Int64)
  /// It is not yet time for another look.
  case waits
  /// The last look found nothing to do.
  case done

  /// How long after one look the next one begins, in milliseconds.
  public static let pauseMs: Int64 = 3_600_000
}
