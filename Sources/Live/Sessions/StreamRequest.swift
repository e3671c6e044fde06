import HubContracts
import HubRuntime
import Orders

/// What a request for server-sent events asks for: `GET /events[?orderId=…][&token=…]`, and in `Last-Event-ID` or
/// `lastEventId` the place of the last event that came.
struct StreamRequest: Sendable {
  let claims: TokenClaims
  /// As limits count it.
  let address: Text
  /// The one order that it wants to hear of; nil for all that it may.
  let order: OrderID?
  let after: StreamOffset?
  /// Headers of the answer that tell a browser that the page may read it, and the request's id.
  let headers: [(name: String, value: String)]

  /// Takes a request that has no fault.
  init(_ request: HTTPRequest, claims: TokenClaims, headers: [(name: String, value: String)]) {
    self.claims = claims
    address = NetworkAddress.limitKey(of: request.remoteAddress)
    order = Self.value("orderId", request).flatMap { OrderID($0) }
    after = Self.place(request).flatMap { StreamOffset($0.utf8) }
    self.headers = headers + [("X-Request-Id", request.requestID)]
  }

  var rooms: [RoomName] {
    let actor = claims.actor
    return [order.map { .order(actor.tenant, $0) } ?? actor.ownRoom]
  }

  /// What is wrong with a request; nil if nothing is.
  static func fault(in request: HTTPRequest) -> String? {
    if let unknown = request.query.first(where: { !["orderId", "token", "lastEventId"].contains($0.name) }) {
      return "\(unknown.name.start(64)) is not asked for; orderId, token and lastEventId are"
    }
    let names = request.query.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) { return "\(twice) stands twice" }
    if let order = value("orderId", request), OrderID(order) == nil { return "orderId must be 24 hex digits" }
    if let place = place(request), StreamOffset(place.utf8) == nil {
      return "Last-Event-ID must be the id of an event that came: digits, a dash, digits"
    }
    return nil
  }

  /// A browser sends an empty header before the first event.
  private static func place(_ request: HTTPRequest) -> Text? {
    let place = request.header("Last-Event-ID") ?? value("lastEventId", request)
    return place?.isEmpty == true ? nil : place
  }

  private static func value(_ name: Text, _ request: HTTPRequest) -> Text? {
    request.query.first { $0.name == name }?.value
  }
}

/// A stream's socket on its way to a loop.
struct StreamArrival: Sendable {
  let socket: Int32
  let request: StreamRequest
  /// To be called once, after the socket is closed.
  let finished: @Sendable () -> Void
}
