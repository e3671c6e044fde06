import HubContracts
import Orders

extension Route {
  /// The statuses of the problems that it may answer: of the server, of those who stand before it, and its own.
  var refusals: Set<Int> {
    var all: Set<Int> = [400, 413, 431, 500, 503]
    if !isOperators { all.formUnion([422, 429]) }
    if access != .open { all.formUnion([401, 403]) }
    if method != .get { all.insert(415) }
    if segments.contains(where: { $0.hasPrefix(":") }) { all.insert(404) }
    if isKeyed { all.insert(409) }
    return all.union(ownRefusals)
  }

  /// The statuses with which libmicrohttpd refuses what it cannot hold or read: with a short page instead of a problem.
  static let pages: Set<Int> = [400, 414, 431]
}
