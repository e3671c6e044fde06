import Credentials
import Foundation
import Glibc
import HubContracts
import HubRuntime
import Orders

/// The hub under load, and the tenant that the run has in it.
struct Site {
  let api: [Endpoint]
  let live: Endpoint
  let tenant: String
  /// Tokens of the run's users.
  let tokens: [String]
  let processIDs: [Int32]
  /// Whether the tenant is the run's own: no other one is for it to remove.
  let isOwn: Bool
  /// Whether the run's own tenant goes with it.
  let isPassing: Bool
  /// Whether it may work in a tenant that was there before.
  private let entersExisting: Bool

  static let kinds: [OptionKind] = [
    OptionKind(
      name: "api", value: "URL", summary: "an api process; several share the users", preset: "this machine, PORT",
      repeats: true),
    OptionKind(name: "live", value: "URL", summary: "the live process", preset: "this machine, LIVE_PORT"),
    OptionKind(
      name: "target-allow", value: "HOST", summary: "a host other than this machine that may be put under load",
      repeats: true),
    OptionKind(name: "tenant", value: "NAME", summary: "the tenant to work in", preset: "a new one, load-…"),
    OptionKind(name: "into-existing", summary: "work in the tenant of --tenant though it has orders or products"),
    OptionKind(name: "keep", summary: "leave the run's own tenant; else it is removed at the end"),
    OptionKind(
      name: "token", value: "TOKEN", summary: "an admin's token of that tenant, where JWT_SECRET is not known",
      isSecret: true),
    OptionKind(
      name: "pid", value: "N", summary: "a process to watch, beside those that listen on the ports", repeats: true),
  ]

  /// Tokens are good for this long: no run is longer.
  private static let tokenSeconds: Int64 = 86_400

  /// Finds the servers and makes tokens of `users` users, as `orderhub token` does.
  init(_ given: GivenOptions, users: Int) throws {
    let ports = Self.ports()
    let rule = TargetRule(allowedHosts: given.texts("target-allow"))
    let names = given.texts("api").isEmpty ? ["127.0.0.1:\(ports.api)"] : given.texts("api")
    api = try names.map { try Self.endpoint("api", $0, rule) }
    live = try Self.endpoint("live", given.text("live") ?? "\(Self.host(names[0])):\(ports.live)", rule)
    let tenant = given.text("tenant") ?? Self.newTenant()
    self.tenant = tenant
    isOwn = given.text("tenant") == nil
    isPassing = isOwn && !given.has("keep")
    entersExisting = given.has("into-existing")
    if isOwn, entersExisting { throw UsageProblem(message: "--into-existing needs --tenant: the tenant that is there") }
    if let token = given.text("token") {
      if given.text("tenant") == nil { throw UsageProblem(message: "--token needs --tenant: the tenant in the token") }
      tokens = [token]
    } else {
      tokens = try Self.makeTokens(tenant: tenant, users: users)
    }
    processIDs = try given.texts("pid").map { text in
      guard let number = Int32(text), number > 0 else { throw UsageProblem(message: "--pid \(text) is no process id") }
      return number
    }
  }

  /// A name that no other run has: the second and the process.
  private static func newTenant() -> String {
    "load-\(String(Int(Date().timeIntervalSince1970), radix: 36))-\(String(getpid(), radix: 36))"
  }

  private static func host(_ address: String) -> String { Address(address)?.host ?? "127.0.0.1" }

  /// The ports of a hub whose settings are ours, or the usual ones.
  private static func ports() -> (api: Int, live: Int) {
    guard let settings = try? Settings.read(needsSecret: false) else { return (3_002, 3_003) }
    return (settings.http.port, settings.http.livePort)
  }

  private static func endpoint(_ option: String, _ text: String, _ rule: TargetRule) throws -> Endpoint {
    guard let address = Address(text) else {
      throw UsageProblem(message: "--\(option) \(text): allowed is \(Address.allowed)")
    }
    guard let number = Endpoint.lookUp(host: address.host) else {
      throw RunProblem(message: "\(address.host) has no IPv4 address")
    }
    let endpoint = Endpoint(name: address.text, address: number, port: address.port)
    if let refusal = rule.refusal(of: address, isLoopback: endpoint.isLoopback) { throw UsageProblem(message: refusal) }
    return endpoint
  }

  private static func makeTokens(tenant: String, users: Int) throws -> [String] {
    guard let name = TenantID(tenant) else {
      throw UsageProblem(message: "--tenant \(tenant): allowed are 1 to 64 letters, digits and - _")
    }
    let secret: String
    do {
      secret = try Settings.read(needsSecret: true).tokens.secret ?? ""
    } catch {
      throw RunProblem(
        message: error.problems.joined(separator: "; ")
          + ". Run this where the hub's settings are, or give --token and --tenant")
    }
    let issuer = try JWTTokens(secret: secret)
    let now = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
    return try (0..<max(1, users)).compactMap { UserID("load-\($0)") }.map {
      try issuer.issue(for: Actor(tenant: name, user: $0, role: .admin), now: now, lifetimeSeconds: tokenSeconds)
    }
  }

  /// Requests of a user: the same user always goes to the same api process.
  func text(_ user: Int) -> RequestText { RequestText(host: api(user).name, token: tokens[user % tokens.count]) }

  /// The api process of a user.
  func api(_ user: Int) -> Endpoint { api[user % api.count] }

  /// Someone to call the first api process directly.
  var caller: DirectCaller { DirectCaller(endpoint: api[0]) }

  /// That the hub is there and takes the tokens, and that nothing of somebody else's is written into.
  func check() throws {
    for endpoint in api {
      let caller = DirectCaller(endpoint: endpoint, timeoutSeconds: 10)
      let ready = try caller.call(text(0).get("/readyz"))
      guard ready.status == 200 else { throw RunProblem(message: "\(endpoint.name) is not ready: \(ready.summary)") }
      let answer = try caller.call(text(0).get("/api/orders/stats"))
      if answer.status == 401 {
        throw RunProblem(message: "\(endpoint.name) refuses the token: is JWT_SECRET the hub's?")
      }
      guard answer.status == 200 else { throw RunProblem(message: "\(endpoint.name) says \(answer.summary)") }
    }
    if !isOwn, !entersExisting, !(try isEmpty(.orders) && isEmpty(.products)) {
      throw UsageProblem(
        message: "--tenant \(tenant): it has orders or products already, and a run would write into it."
          + " Name another one, or say --into-existing")
    }
    enter()
  }

  /// What a tenant may have.
  enum Things: String {
    case orders, products
    /// How an answer lists none of them.
    fileprivate var none: StaticString {
      switch self {
      case .orders: "\"orders\":[]"
      case .products: "\"products\":[]"
      }
    }
  }

  /// Whether the hub finds none of these in the tenant.
  func isEmpty(_ things: Things) throws(RunProblem) -> Bool {
    let reply = try caller.call(text(0).get("/api/\(things)?limit=1"))
    guard reply.status == 200 else { throw RunProblem(message: "\(api[0].name) says \(reply.summary)") }
    return reply.body.withUnsafeBytes { $0.firstIndex(of: things.none) != nil }
  }

  /// The processes that serve, as far as they are on this machine and can be seen.
  func watched(withLive: Bool) -> [Int32] {
    let ports = (api + (withLive ? [live] : [])).filter(\.isLoopback).map(\.port)
    var found = processIDs
    for processID in ports.compactMap(PortOwner.processID) where !found.contains(processID) { found.append(processID) }
    return found
  }

  /// Creates orders one by one; their ids.
  func createOrders(_ count: Int, body: (Int) -> String) throws(RunProblem) -> [String] {
    let caller = caller
    var ids: [String] = []
    for number in 0..<count {
      let reply = try caller.call(text(number).replacingHost(api[0].name).post("/api/orders", body(number)))
      let id = reply.body.withUnsafeBytes {
        Answer(status: reply.status, head: UnsafeRawBufferPointer(start: nil, count: 0), body: $0).id(of: "\"order\":")
      }
      guard reply.status == 201, let id else {
        throw RunProblem(message: "an order could not be created: \(reply.summary)")
      }
      ids.append(id)
    }
    return ids
  }
}

extension RequestText {
  fileprivate func replacingHost(_ name: String) -> RequestText { RequestText(host: name, token: token) }
}
