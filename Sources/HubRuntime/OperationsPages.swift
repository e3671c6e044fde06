public import HubContracts
import HubWire
public import Orders
import Synchronization

/// `/healthz`, `/readyz` and `/metrics` of a process that serves nothing else over HTTP.
public final class OperationsPages: HTTPApplication {
  private let metrics: Metrics
  private let board: ConditionBoard
  private let allPaths: [String]
  private let isReady: @Sendable () async -> [(name: String, isUp: Bool, isNeeded: Bool)]
  private let readiness = SharedAnswer<[(name: String, isUp: Bool, isNeeded: Bool)]>()
  private let drains = Atomic<Bool>(false)

  /// Pages for a process. `isReady` says which parts are up, and which of them it cannot do without; `board` is what
  /// `/readyz?verbose` tells. `otherPaths` are those of what is served beside these pages: who asks for none of them is
  /// told all.
  public init(
    metrics: Metrics, board: ConditionBoard = ConditionBoard { [] }, otherPaths: [String] = [],
    isReady: @escaping @Sendable () async -> [(name: String, isUp: Bool, isNeeded: Bool)]
  ) {
    self.metrics = metrics
    self.board = board
    allPaths = otherPaths + Self.paths
    self.isReady = isReady
  }

  private enum Page: String, CaseIterable {
    case health = "/healthz"
    case readiness = "/readyz"
    case metrics = "/metrics"
  }

  /// Where they are: what must be answered however busy the process is.
  public static let paths = Page.allCases.map(\.rawValue)

  /// From now on `/readyz` says no.
  public func drain() { drains.store(true, ordering: .relaxed) }

  /// Nothing is at hand here.
  public func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }
  /// Nothing here takes a body worth the name.
  public func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 1_024 }

  /// The page asked for.
  public func reply(to request: HTTPRequest) async -> HTTPReply {
    let page = Page(request.path)
    guard request.method == .get || page == nil else {
      return problem(405, "only GET is allowed here", request.requestID, headers: [("Allow", "GET, HEAD")])
    }
    switch page {
    case .health: return HTTPReply(status: 200, body: SharedBytes(Array(#"{"status":"ok"}"#.utf8)))
    case .readiness: return await readyPage(request)
    case .metrics:
      return HTTPReply(
        status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
        body: SharedBytes(Array(metrics.render().utf8)))
    case nil: return problem(404, "there are only \(allPaths.joined(separator: ", "))", request.requestID)
    }
  }

  /// The answer to what the server itself refuses.
  public func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    switch reason {
    case .bodyTooLarge(let limit): problem(413, "the body has more than \(limit) bytes", requestID)
    case .headTooLarge: problem(431, "the request's line and headers are too large, or too many", requestID)
    case .unknownMethod: problem(501, "the method is not known", requestID)
    case .overloaded, .draining: problem(503, "not now", requestID)
    case .malformed(let why): problem(400, why, requestID)
    }
  }

  private func readyPage(_ request: HTTPRequest) async -> HTTPReply {
    let parts = await readiness.value(isReady)
    let isDraining = drains.load(ordering: .relaxed)
    let isUp = !isDraining && parts.allSatisfy { $0.isUp || !$0.isNeeded }
    var json = JSONWriter()
    json.beginObject()
    json.name("status")
    json.string(isDraining ? "draining" : isUp ? "ready" : "unavailable")
    for part in parts {
      json.name(text: part.name)
      json.string(part.isUp ? "up" : "down")
    }
    if request.wantsConditions {
      json.name("conditions")
      json.beginArray()
      for condition in await board.conditions() { condition.write(to: &json) }
      json.endArray()
    }
    json.endObject()
    return HTTPReply(
      status: isUp ? 200 : 503, headers: isUp ? [] : [("Retry-After", "2")], body: SharedBytes(json.bytes))
  }

  /// The texts here are our own and need no escape; the request's id is of safe characters.
  private func problem(
    _ status: Int, _ detail: String, _ requestID: String, headers: [(name: String, value: String)] = []
  ) -> HTTPReply {
    let text =
      #"{"type":"about:blank","status":\#(status),"detail":"\#(detail)","requestId":"\#(requestID)","canRetry":\#(status == 503)}"#
    return HTTPReply(
      status: status, contentType: "application/problem+json",
      headers: headers + (status == 503 ? [("Retry-After", "2")] : []), body: SharedBytes(Array(text.utf8)))
  }
}
