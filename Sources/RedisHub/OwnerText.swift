import HubContracts
import HubWire
import Orders

/// `order:{id}:owner`: `{"tenant":"…"}` or `{"tenant":"…","customer":"…"}`.
enum OwnerText {
  /// Writes it.
  static func write(_ owner: OrderOwner) -> [UInt8] {
    var json = JSONWriter(capacity: 64)
    json.beginObject()
    json.member("tenant", owner.tenant.text)
    if let customer = owner.customerID { json.member("customer", customer) }
    json.endObject()
    return json.bytes
  }

  /// Reads what `write` wrote; anything else is nil.
  static func read(_ bytes: [UInt8]) -> OrderOwner? {
    guard let json = try? JSONParser.parse(bytes), case .object(let members) = json,
      case .string(let text)? = json["tenant"], let tenant = TenantID(text)
    else { return nil }
    guard members.count > 1 else { return OrderOwner(tenant: tenant, customerID: nil) }
    guard members.count == 2, case .string(let customer)? = json["customer"] else { return nil }
    return OrderOwner(tenant: tenant, customerID: customer)
  }
}
