import EngineIO
public import HubContracts
import HubRuntime
import LiveProtocol
public import Orders
import Synchronization

/// Where requests for the Engine.IO path come in, on any thread, and go to the loop of their session.
///
/// An `HTTPApplication` with `wantsBodyHeads` passes on what is for `serves`, and its upgrades `decide` and `upgraded`.
public final class EngineDoor: Sendable {
  let options: EngineServerOptions
  let crossOrigin: CrossOrigin
  private let desks: [EngineDesk]
  private let mayOpen: @Sendable (HTTPRequest) -> EngineWelcome
  private let nextDesk = Atomic<Int>(0)
  private let path: Text
  private let barePath: Text
  private let sids: SessionIDs

  /// Opens the door to the desks, whose indices are 0, 1, …. `mayOpen` is asked before each new session, on the HTTP
  /// server's thread: it must not wait, and keeps nothing, for the session may never come to be.
  public init(
    options: EngineServerOptions, desks: [EngineDesk], mayOpen: @escaping @Sendable (HTTPRequest) -> EngineWelcome
  ) {
    precondition(!desks.isEmpty && desks.enumerated().allSatisfy { $0 == $1.index }, "desks out of order")
    self.options = options
    self.desks = desks
    self.mayOpen = mayOpen
    crossOrigin = options.crossOrigin
    sids = SessionIDs(process: options.processName)
    path = Text(options.path)
    barePath = Text(decoding: options.path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }.reversed())
  }

  /// Whether a path is this one.
  public func serves(_ path: Text) -> Bool { path == self.path || path == barePath }

  /// How many bytes a body may have here whose session is not looked at: that of a POST brings packets, any other means
  /// nothing.
  public func bodyLimitBytes(_ method: HTTPMethod) -> Int {
    method == .post ? options.payloadLimitBytes(isTrusted: false) : Self.emptyBodyBytes
  }

  /// What is let pass, and not looked at, of a body that means nothing.
  private static let emptyBodyBytes = 1_024

  /// How many sessions there are.
  public var sessionCount: Int { desks.reduce(0) { $0 + $1.sessionCount } }

  // MARK: WebSockets

  /// Decides about a request with an `Upgrade` header. A refusal is a 400 with the error's JSON, or a 503.
  public func decide(_ request: HTTPRequest) -> EngineAdmission {
    guard serves(request.path), Self.asksForWebSocket(request) else { return .notAnUpgrade }
    do throws(EngineRefusal) {
      let asked = try judge(request, asksForWebSocket: true)
      guard request.header("Sec-WebSocket-Version") == Handshake.version,
        let accept = Handshake.accept(key: request.header("Sec-WebSocket-Key") ?? "")
      else { throw .badRequest }
      switch asked {
      case .openWebSocket:
        // Last of all: it spends what all clients share.
        switch mayOpen(request) {
        case .welcome: break
        case .busy: return .refuse(reply(.busy, to: request))
        case .forbidden: throw .forbidden
        }
      case .attachWebSocket(let sid):
        guard desk(of: sid)?.mayAttach(to: sid) == true else { throw .badRequest }
      case .openPolling, .poll, .post: throw .badRequest
      }
      return .accept(headers: [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)])
    } catch {
      var refusal = refuse(error, request)
      refusal.status = 400
      return .refuse(refusal)
    }
  }

  /// Takes over the socket of a request that was accepted, and the bytes that came after its head.
  public func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    let isPosted =
      if let sid = sid(of: request) {
        desk(of: sid)?.post(.attach(sid: sid, socket: socket, leftover: leftover)) ?? false
      } else {
        anyDesk().post(.openWebSocket(request, socket: socket, leftover: leftover))
      }
    if !isPosted { EngineDesk.turnAway(socket, .tryAgainLater) }
  }

  private static func asksForWebSocket(_ request: HTTPRequest) -> Bool {
    Handshake.isAsked(upgrade: request.list("Upgrade"), connection: request.list("Connection"))
  }

  // MARK: Polling

  /// Answers a request that is whole, when its session has an answer.
  public func reply(to request: HTTPRequest) async -> HTTPReply {
    if request.method == .options, request.header("Origin") != nil { return preflight(request) }
    if request.method == .post, request.bodyNumber != 0, let sid = sid(of: request), let desk = desk(of: sid) {
      return await finish(request, sid, desk)
    }
    do throws(EngineRefusal) {
      switch try judge(request, asksForWebSocket: false) {
      case .openPolling:
        switch mayOpen(request) {
        case .welcome: return await ask(anyDesk(), request) { .openPolling(request, $0) }
        case .busy: return reply(.busy, to: request)
        case .forbidden: throw .forbidden
        }
      case .poll(let sid):
        guard let desk = desk(of: sid) else { throw .unknownSession }
        return watched(await ask(desk, request) { .poll(sid: sid, $0) }, sid, desk)
      case .post(let sid):
        guard let desk = desk(of: sid) else { throw .unknownSession }
        let type = request.header("Content-Type")
        return await ask(desk, request) { .post(sid: sid, contentType: type, body: request.body, $0) }
      case .openWebSocket, .attachWebSocket: throw .badRequest
      }
    } catch {
      return refuse(error, request)
    }
  }

  /// A request's body is about to come; see `HTTPApplication.bodyBegins`.
  public func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    do throws(EngineRefusal) {
      // Any other that is allowed is judged again when it is whole: its body means nothing.
      guard case .post(let sid) = try judge(head, asksForWebSocket: false) else {
        return .take(isKnown: false, limitBytes: Self.emptyBodyBytes)
      }
      guard let desk = desk(of: sid) else { throw .unknownSession }
      let id = EngineRequestID(bodyNumber: head.bodyNumber)
      let type = head.header("Content-Type")
      guard desk.post(.beginPost(sid: sid, id, contentType: type)) else { return .refuse(reply(.busy, to: head)) }
      let isTrusted = desk.trusts(sid)
      return .take(isKnown: isTrusted, limitBytes: options.payloadLimitBytes(isTrusted: isTrusted))
    } catch {
      return .refuse(refuse(error, head))
    }
  }

  /// The body that was about to come will not; see `HTTPApplication.bodyFailed`.
  public func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    if head.method == .post, let sid = sid(of: head), let desk = desk(of: sid) {
      let id = EngineRequestID(bodyNumber: head.bodyNumber)
      _ = desk.post(isTooLarge ? .refusePost(sid: sid, id) : .abandonPost(sid: sid, id), urgent: true)
    }
    return isTooLarge ? reply(.answer(.tooLarge), to: head) : nil
  }

  /// A POST that was begun is judged no more: its session may have ended meanwhile, and has answered it then.
  private func finish(_ request: HTTPRequest, _ sid: Text, _ desk: EngineDesk) async -> HTTPReply {
    let id = EngineRequestID(bodyNumber: request.bodyNumber)
    let outcome = await withCheckedContinuation { continuation in
      let held = HeldRequest(continuation)
      guard !desk.post(.finishPost(sid: sid, id, body: request.body, held)) else { return }
      // Its packets are lost, and what follows them must not be taken as if they had come.
      _ = desk.post(.abandonPost(sid: sid, id), urgent: true)
    }
    return reply(outcome, to: request)
  }

  private func ask(
    _ desk: EngineDesk, _ request: HTTPRequest, _ letter: (HeldRequest) -> EngineLetter
  ) async -> HTTPReply {
    // A letter that finds no room lets go of the request, which is answered by that.
    let outcome = await withCheckedContinuation { _ = desk.post(letter(HeldRequest($0))) }
    return reply(outcome, to: request)
  }

  /// The answer to a poll, whose session ends if the client is not there for it: its packets are taken out of the queue,
  /// and what follows them must not be sent as if they had come. A noop is nothing to lose.
  private func watched(_ reply: HTTPReply, _ sid: Text, _ desk: EngineDesk) -> HTTPReply {
    guard reply.status == 200, reply.body.bytes != EngineAnswer.noopBody else { return reply }
    var reply = reply
    reply.undelivered = { _ = desk.post(.undelivered(sid: sid), urgent: true) }
    return reply
  }

  // MARK: Parts

  private func judge(_ request: HTTPRequest, asksForWebSocket: Bool) throws(EngineRefusal) -> EngineRequest {
    guard crossOrigin.allows(request) else { throw .forbidden }
    return try EngineRequest.read(
      method: request.isHead ? "HEAD" : request.method.rawValue,
      query: { name in request.query.first { $0.name == name }?.value }, asksForWebSocket: asksForWebSocket,
      transport: { sid in self.desk(of: sid)?.transport(of: sid) })
  }

  private func sid(of request: HTTPRequest) -> Text? {
    guard let sid = request.query.first(where: { $0.name == "sid" })?.value, !sid.isEmpty else { return nil }
    return sid
  }

  private func desk(of sid: Text) -> EngineDesk? {
    guard let index = sids.loop(of: sid), index < desks.count else { return nil }
    return desks[index]
  }

  private func anyDesk() -> EngineDesk {
    let turn = nextDesk.wrappingAdd(1, ordering: .relaxed).newValue
    return desks[Int(UInt(bitPattern: turn) % UInt(desks.count))]
  }
}
