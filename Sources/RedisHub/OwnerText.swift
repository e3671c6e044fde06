import HubContracts
import HubWire
import Orders

/// `order:{id}:owner`: `{"tenant"}`, and the names of those whom the order concerns: `"customer"`, `"seller"`, `"kiosk"`.
enum OwnerText {
  /// Writes it.
  static func write(_ owner: OrderOwner) -> [UInt8] {
    var json = JSONWriter(capacity: 64)
    json.beginObject()
    json.member("tenant", owner.tenant.text)
    if let customer = owner.parties.customer { json.member("customer", customer) }
    if let seller = owner.parties.seller { json.member("seller", seller) }
    if let kiosk = owner.parties.kiosk { json.member("kiosk", kiosk) }
    json.endObject()
    return json.bytes
  }

  /// Reads what `write` wrote; anything else is nil, so that it is looked up in the store.
  static func read(_ bytes: [UInt8]) -> OrderOwner? {
    guard let json = try? JSONParser.parse(bytes), case .object(let members) = json,
      case .string(let text)? = json["tenant"], let tenant = TenantID(text)
    else { return nil }
    var owner = OrderOwner(tenant: tenant, customerID: nil)
    var known = 1
    for (name, path) in names {
      guard let value = json[name] else { continue }
      guard case .string(let user) = value else { return nil }
      owner.parties[keyPath: path] = user
      known += 1
    }
    return known == members.count ? owner : nil
  }

  private static var names: [(Text, WritableKeyPath<OrderParties, Text?>)] {
    [("customer", \.customer), ("seller", \.seller), ("kiosk", \.kiosk)]
  }
}
