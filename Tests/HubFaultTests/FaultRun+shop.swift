import Credentials
import HubContracts
import HubRuntime
import HubTestSupport
import Orders

extension FaultRun {
  /// A token of somebody of a round's tenant.
  static func token(_ tenant: TenantID, _ name: String, _ role: Role) throws -> String {
    guard let user = UserID(name) else { throw TestServerError("no user \(name)") }
    return try JWTTokens(secret: Cluster.secret).issue(
      for: Actor(tenant: tenant, user: user, role: role),
      // Some time ago: a process whose clock is behind must take it.
      now: Timestamp(millis: SystemClock().now().millis - 7_200_000), lifetimeSeconds: 86_400)
  }

  /// The catalogue, with something in stock, and the workflows of the shop's own.
  func openShop(_ client: RestClient, _ range: Operation.Range) throws {
    for product in Shopper.products { try stock(client, product, "5000") }
    guard range == .all else { return }
    for product in Shopper.scarce { try stock(client, product, "40") }
    guard
      let pickup = (0..<50).lazy.compactMap({ _ in client.attempt("GET", "/api/workflows/pickup") })
        .first(where: { $0.status == 200 })
    else { throw TestServerError("the hub has no workflow pickup") }
    for business in Business.own {
      try ask(client, "PUT", "/api/workflows/\(business.name)", business.definition(copying: pickup.body))
    }
  }

  private func stock(_ client: RestClient, _ product: String, _ quantity: String) throws {
    try ask(
      client, "POST", "/api/products",
      #"{"productId":"\#(product)","name":"\#(product)","unitPrice":7.77777777,"taxRate":0.07}"#, key: product)
    try ask(
      client, "POST", "/api/products/\(product)/stock",
      #"{"kind":"receipt","quantity":\#(quantity),"reason":"opening"}"#, key: product)
  }

  private func ask(
    _ client: RestClient, _ method: String, _ path: String, _ body: String, key: String? = nil
  ) throws {
    var last = "no answer"
    for _ in 0..<50 {
      guard let answer = client.attempt(method, path, body: body, key: key.map { "opening-\($0)" }) else { continue }
      if [200, 201].contains(answer.status) { return }
      last = "\(answer.status) \(answer.body.prefix(500))"
    }
    throw TestServerError("\(path) was not taken: \(last)")
  }
}
