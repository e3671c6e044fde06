public import HubContracts
import EngineServer
import Glibc
import HubRuntime
import LiveProtocol
public import Orders

/// What the HTTP server in front of the hub asks it. Nothing here waits, but for `reply`.
extension LiveHub {
  private var nowMs: Int64 { options.steadyMs }

  /// The paths that clients come to, of all ways.
  public var paths: [String] { [options.engine.path, Self.webSocketPath.string, Self.streamPath.string] }

  // MARK: WebSockets

  /// Decides about a request with an `Upgrade` header. It keeps nothing of the request.
  public func admit(_ request: HTTPRequest) -> Admission {
    guard Gate.asksForPlain(request) else { return admitSocketIO(request) }
    do throws(Gate.Refused) {
      return .accept(headers: try gate.judge(request, isDraining: !isReady, nowMs: nowMs))
    } catch {
      metrics.noteRefused(error.reason)
      return .refuse(gate.reply(error, to: request))
    }
  }

  private func admitSocketIO(_ request: HTTPRequest) -> Admission {
    switch door.decide(request) {
    case .accept(let headers): .accept(headers: headers)
    case .refuse(let reply): .refuse(reply)
    case .notAnUpgrade: .notAnUpgrade
    }
  }

  /// Takes over the socket of a request that was accepted and answered with 101, and the bytes that came after its head.
  /// From here on the hub closes it.
  public func adopt(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    if door.serves(request.path) { return door.upgraded(request, socket: socket, leftover: leftover) }
    // The token is read again: it is cheaper than to keep what it said for a handshake that may never end.
    let farewell = gate.farewell(to: request)
    let claims = farewell == nil ? try? gate.claims(of: request) : nil
    let address = NetworkAddress.limitKey(of: request.remoteAddress)
    if let refusal = gate.census.enter(address: address) {
      return turnAway(socket, refusal, .tryAgainLater, "too many connections")
    }
    let arrival = Arrival(socket: socket, leftover: leftover, address: address, claims: claims, farewell: farewell)
    if let loop = nextLoop(), loop.post(arrival) { return }
    gate.census.leave(address: address)
    turnAway(socket, .overloaded, .tryAgainLater, "too busy")
  }

  private func nextLoop() -> LiveLoop? {
    state.with { state in
      guard state.isStarted, !state.isStopped else { return nil }
      state.nextLoop = (state.nextLoop + 1) % loops.count
      return loops[state.nextLoop]
    }
  }

  /// The path of the plain WebSocket.
  public static var webSocketPath: Text { Gate.path }

  /// The answer to a request for it that does not ask for a WebSocket: 426, or 405 if it is no GET.
  public func askForUpgrade(_ request: HTTPRequest) -> HTTPReply {
    guard request.method == .get, !request.isHead else {
      return gate.reply(
        Gate.Refused(reason: .query, status: 405, detail: "\(Gate.path) is a WebSocket: it takes a GET", allow: "GET"),
        to: request)
    }
    return gate.reply(
      Gate.Refused(
        reason: .version, status: 426, detail: "\(Gate.path) is a WebSocket: send Upgrade: websocket with your GET"),
      to: request)
  }

  // MARK: Polling

  /// Whether ordinary requests for a path are answered here: Socket.IO's polling, and what browsers ask before streams.
  public func serves(_ path: Text) -> Bool { door.serves(path) || path == Gate.streamPath }

  /// The answer to a request for a path that is served, when there is one.
  public func reply(to request: HTTPRequest) async -> HTTPReply {
    guard request.path == Gate.streamPath else { return await door.reply(to: request) }
    if request.method == .options, gate.crossOrigin.allows(request) {
      return HTTPReply(
        status: 204, contentType: nil, headers: gate.crossOrigin.preflightHeaders(for: request), body: SharedBytes([]))
    }
    return gate.reply(
      Gate.Refused(
        reason: .query, status: 405, detail: "events come to a GET in HTTP/1.1 without a body", allow: "GET, OPTIONS"),
      to: request)
  }

  /// How many bytes the body of a request for a path may have.
  public func bodyLimitBytes(_ method: HTTPMethod, _ path: Text) -> Int {
    door.serves(path) ? door.bodyLimitBytes(method) : 0
  }

  /// The head of a request with a body is here; see `HTTPApplication`.
  public func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    door.serves(head.path) ? door.bodyBegins(head) : .take(isKnown: false)
  }

  /// The body of such a request will not come; see `HTTPApplication`.
  public func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    door.serves(head.path) ? door.bodyFailed(head, isTooLarge: isTooLarge) : nil
  }

  // MARK: Server-sent events

  /// The path of the streams of events.
  public static var streamPath: Text { Gate.streamPath }

  /// Decides about a request for a stream; nil if it may be had.
  public func refusal(ofStream request: HTTPRequest) -> HTTPReply? {
    do throws(Gate.Refused) {
      try gate.judgeStream(request, isDraining: !isReady, nowMs: nowMs)
      return nil
    } catch {
      metrics.noteRefused(error.reason)
      return gate.streamReply(error, to: request)
    }
  }

  /// Takes the socket of a request for a stream that was not refused, and writes the answer. `finished` is called once,
  /// after the socket is closed.
  public func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void) {
    do throws(TokenRefusal) {
      guard let claims = try gate.claims(of: request) else { throw .malformed }
      let address = NetworkAddress.limitKey(of: request.remoteAddress)
      if let refusal = gate.census.enter(address: address, descriptors: Census.streamDescriptors) {
        metrics.noteRefused(refusal)
      } else {
        let wanted = StreamRequest(request, claims: claims, headers: gate.crossOrigin.headers(for: request))
        let arrival = StreamArrival(socket: socket, request: wanted, finished: finished)
        if let loop = nextLoop(), loop.post(arrival) { return }
        gate.census.leave(address: address, descriptors: Census.streamDescriptors)
        metrics.noteRefused(.overloaded)
      }
    } catch {
      metrics.noteRefused(.token)
    }
    // Nothing is written yet: the client sees a connection that ends, and comes again.
    close(socket)
    finished()
  }
}
