public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
public import Orders
import Synchronization

/// The REST side of the hub: routes, who may call them, and what they answer.
public final class OrderAPI: HTTPApplication {
  /// What the API stands on.
  public struct Parts: Sendable {
    let desk: OrderDesk
    let reads: OrderReads
    let store: any OrderStore
    let users: any UserStore
    let jobs: any JobLedger
    let cache: any HubCache
    let verifier: any TokenVerifier
    let issuer: any TokenIssuer
    let hasher: any PasswordHasher
    let clock: any HubClock
    let ids: any IdentitySource
    let tenants: TenantParts
    let board: ConditionBoard
    let workflows: any WorkflowStore
    let documents: any DocumentShelf

    /// Names the parts; `board` is what `/readyz?verbose` tells, `documents` what is at `/docs`.
    public init(
      desk: OrderDesk, reads: OrderReads, store: any OrderStore, users: any UserStore, jobs: any JobLedger,
      cache: any HubCache, verifier: any TokenVerifier, issuer: any TokenIssuer, hasher: any PasswordHasher,
      clock: any HubClock, ids: any IdentitySource, tenants: TenantParts, workflows: any WorkflowStore,
      board: ConditionBoard = ConditionBoard { [] }, documents: any DocumentShelf = NoDocuments()
    ) {
      self.documents = documents
      self.workflows = workflows
      self.desk = desk
      self.reads = reads
      self.store = store
      self.users = users
      self.jobs = jobs
      self.cache = cache
      self.verifier = verifier
      self.issuer = issuer
      self.hasher = hasher
      self.clock = clock
      self.ids = ids
      self.tenants = tenants
      self.board = board
    }
  }

  /// What an operator may set.
  public struct Options: Sendable {
    /// The version that `/` and `/openapi.json` name.
    public var version = HubVersion.text
    /// A request's body, at most.
    public var bodyLimitBytes = 1 << 20
    /// How long a token is good.
    public var tokenLifetimeSeconds: Int64 = 7 * 86_400
    /// How long a log-in can be refreshed.
    public var refreshLifetimeSeconds: Int64 = 30 * 86_400
    /// Requests a user may make in a minute; 0 for no limit.
    public var userLimitPerMinute = 1_000
    /// Log-ins that may be tried for one user in a minute; 0 for no limit.
    public var loginLimitPerMinute = 10
    /// Log-ins that may be tried from one address in a minute, whoever as; 0 for no limit.
    public var loginAddressLimitPerMinute = 60
    /// Requests that may be worked on at once, of which none has all; see `Places`.
    public var pendingLimit = 1_000
    /// How often a session may be refreshed, or ended, in a minute; 0 for no limit.
    public var refreshLimitPerMinute = 30
    /// Log-ins that are worked on at once.
    public var loginTurns = 2
    /// Refreshes and log-outs that are worked on at once.
    public var sessionTurns = 4
    /// The clock of limits and waits: microseconds that never go back.
    public var steadyClock: @Sendable () -> UInt64 = monotonicMicros
    /// What refresh tokens and device tokens are signed with, the same in all processes.
    public var signingKey: [UInt8] = (0..<32).map { _ in UInt8.random(in: 0...255) }
    /// Which pages of other origins may call. The HTTP server tells their browsers with each answer.
    public var crossOrigin = CrossOrigin.none

    /// The defaults.
    public init() {}
  }

  let parts: Parts
  let options: Options
  let log: Log
  let metrics: Metrics
  let tokens: TokenCache
  let userLimit: RateGate
  let logInLimits: LogInLimits
  /// How many tokens that the hub has not signed are told why, by address; see `verify`.
  let badTokens: KeyedLimit
  /// Whether MongoDB answers, asked by one for all.
  let pings = SharedAnswer<Bool>()
  /// Which workflows tenants have made since the last look, asked by one for all.
  let looks = SharedAnswer<Void>()
  /// The answer of `/openapi.json`.
  let describedRoutes: SharedBytes
  /// The pages at `/docs`.
  let handbook: Handbook
  let running = RunningKeys()
  let shares: Shares
  let shelf: WorkflowShelf
  /// The workflows that there are.
  var workflows: any WorkflowBook { shelf }
  let table: RouteTable
  private let meters: APIMeters
  let withheld: SightMeters
  private let drains = Atomic<Bool>(false)

  /// An API on its parts.
  public init(
    parts: Parts, options: Options, workflows shelf: WorkflowShelf, log: Log, metrics: Metrics
  ) {
    self.parts = parts
    self.options = options
    self.shelf = shelf
    self.log = log
    self.metrics = metrics
    tokens = TokenCache()
    shares = Shares(pendingLimit: options.pendingLimit)
    userLimit = RateGate(
      name: "user", perMinute: options.userLimitPerMinute, cache: parts.cache, clock: options.steadyClock)
    badTokens = KeyedLimit(perMinute: Self.badTokensPerMinute, clock: options.steadyClock)
    logInLimits = LogInLimits(options, cache: parts.cache)
    meters = APIMeters(metrics)
    withheld = SightMeters(metrics)
    table = RouteTable(Self.routes)
    describedRoutes = SharedBytes(OpenAPI.describe(table.routes, shelf.common, version: options.version))
    handbook = Handbook(documents: parts.documents, workflows: shelf.common, version: options.version)
  }

  /// Which pages of other origins may call, for the HTTP server.
  public var crossOrigin: CrossOrigin { options.crossOrigin }

  /// From now on `/readyz` says no, so that no new work is sent here.
  public func drain() { drains.store(true, ordering: .relaxed) }

  /// Ends tokens: from now on none of them is taken.
  public func end(_ ends: [TokenEnd]) { _ = tokens.end(ends) }

  var isDraining: Bool { drains.load(ordering: .relaxed) }

  // MARK: HTTPApplication

  /// How many bytes of body a request may have; few without a token, and where no body is asked for.
  public func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int {
    guard case .route(let route, _) = table.match(method, path) else {
      return min(options.bodyLimitBytes, Route.smallBodyBytes)
    }
    return route.bodyLimitBytes(options.bodyLimitBytes)
  }

  /// Heads are judged before their bodies come: whoever may not call a route sends it none.
  public var wantsBodyHeads: Bool { true }
  /// Nothing is begun at a head.
  public var followsBodies: Bool { false }

  /// Refuses a head whose body need not be read: there is no such route, or this client may not call it.
  public func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    do {
      guard let (route, _) = try route(of: head) else { return .take(isKnown: false) }
      let isKnown = try authorize(head, route) != nil
      return .take(isKnown: isKnown, limitBytes: route.bodyLimitBytes(options.bodyLimitBytes))
    } catch {
      let log = log.with("requestId", head.requestID)
      let problem = problem(for: error, log: log)
      let reply = problem.reply(requestID: head.requestID)
      record(head, "(head)", nil, reply, problem.code, micros: 0, log)
      return .refuse(reply)
    }
  }

  /// The answer to what the server itself refuses.
  public func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    meters.refused.add()
    return Problem(reason).reply(requestID: requestID)
  }

  /// Cached reads of orders and statistics, on the server's own thread.
  public func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? {
    guard let body = bodyAtHand(head) else { return nil }
    meters.atHand.add()
    return HTTPReply(status: 200, body: body)
  }

  /// Any other answer.
  public func reply(to request: HTTPRequest) async -> HTTPReply {
    let began = monotonicMicros()
    let log = log.with("requestId", request.requestID)
    var pattern = "(none)"
    var code = ""
    var claims: TokenClaims?
    var reply: HTTPReply
    do {
      if let (route, parameters) = try route(of: request) {
        pattern = route.pattern
        claims = try await admit(request, route)
        let call = Call(request: request, parameters: parameters, claims: claims, route: route)
        let whole = try await shares.admit(call.party) {
          // Before its key is looked up: what a route does not take is not a part of what is repeated.
          try call.requireItsBody()
          let call = try await byID(call)
          return route.isKeyed ? try await keyed(call, self.answer) : try await answer(call)
        }
        reply = try shown(whole, to: call)
      } else {
        reply = preflight(request)
      }
    } catch {
      let problem = problem(for: error, log: log)
      code = problem.code
      reply = problem.reply(requestID: request.requestID)
    }
    record(request, pattern, claims?.actor, reply, code, micros: monotonicMicros() - began, log)
    return reply
  }

  /// The route that a request is for and the values in its path; nil for a browser's question what a page may do.
  private func route(of request: HTTPRequest) throws -> (Route, parameters: [Text])? {
    switch table.match(request.method, request.path) {
    case .route(let route, let parameters): return (route, parameters)
    case .noSuchPath where request.method == .options, .otherMethods where request.method == .options: return nil
    case .noSuchPath: throw Problem.notFound("resource at this path; /openapi.json lists what there is")
    case .otherMethods(let methods):
      let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
      throw Problem(
        status: 405, code: "method_not_allowed",
        detail: "\(request.method.rawValue) is not allowed here; allowed: \(allowed)",
        headers: [("Allow", allowed)])
    }
  }

  private func answer(_ call: Call) async throws -> HTTPReply {
    // Reads judge their own; no write takes one, and what stood in it would be dropped.
    if call.request.method != .get { try call.noQuery() }
    return try await call.route.handler(self, call)
  }

  /// What an error comes to for the client; its cause goes to the log.
  func problem(for error: any Error, log: Log) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let refusal as Refusal: return Problem(refusal)
    case let problem as JSONProblem: return Problem(problem)
    case let lack as Places.Lack: return Problem(lack)
    case StoreError.overloaded(let lack): return Problem(lack)
    case StoreError.unavailable(let cause):
      log.warning("the store does not answer", [("cause", cause)])
      return .unavailable("the database does not answer; nothing was written")
    case StoreError.outcomeUnknown(let cause):
      log.error("a write's outcome is unknown", [("cause", cause)])
      return .unavailable(
        "the database's answer was lost, so this may or may not have been written", code: "outcome_unknown")
    case is TurnQueue.Busy, CredentialError.overloaded:
      return .unavailable("too many log-ins at once", code: "overloaded")
    case CredentialError.unfit(let defect): return Problem(status: 422, code: "password_not_allowed", detail: defect)
    default:
      log.error("a request failed", [("cause", "\(error)")])
      return .broken
    }
  }

  private func record(
    _ request: HTTPRequest, _ pattern: String, _ caller: Actor?, _ reply: HTTPReply, _ code: String, micros: UInt64,
    _ log: Log
  ) {
    meters.record(reply.status, micros: micros)
    let fields = {
      [
        ("method", request.method.rawValue), ("path", request.path.string), ("route", pattern),
        ("status", "\(reply.status)"),
        ("ms", "\(Double(micros / 10) / 100)"), ("tenant", caller?.tenant.text ?? "-"),
        ("user", caller?.user.text ?? "-"), ("address", request.remoteAddress.string),
      ]
    }
    if reply.status >= 400 {
      // A stranger may be refused as often as it likes; it is not to fill the disk.
      log.info("request", fields(), alike: "refused: \(reply.status) \(code)")
    } else if request.method == .get || request.method == .options {
      log.debug("request", fields())
    } else if caller == nil {
      log.info("request", fields(), alike: "taken without a token: \(pattern)")
    } else {
      log.info("request", fields())
    }
  }
}

/// What an operator may want to know of the API.
struct APIMeters: Sendable {
  let atHand: Counter
  let refused: Counter
  private let classes: [Counter]
  private let time: Histogram

  init(_ metrics: Metrics) {
    atHand = metrics.counter(.apiRequests, labels: [("class", "at_hand")])
    refused = metrics.counter(.apiRequests, labels: [("class", "refused_by_server")])
    classes = (1...5).map { metrics.counter(.apiRequests, labels: [("class", "\($0)xx")]) }
    time = metrics.histogram(.apiRequestSeconds)
  }

  func record(_ status: Int, micros: UInt64) {
    classes[min(max(status / 100, 1), 5) - 1].add()
    time.record(micros: micros)
  }
}
