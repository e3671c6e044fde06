/// What the orders of a run are made of: always the same for the same number.
enum Goods {
  private static let firstNames = [
    "Asha", "Ben", "Cleo", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivan", "Jaya", "Kofi", "Lena", "Maya", "Noor",
    "Omar", "Priya", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zoe",
  ]
  private static let lastNames = [
    "Adeyemi", "Bauer", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Hopper", "Ito", "Jensen", "Khan", "Lopez",
    "Moreau", "Novak", "Okafor", "Petrov", "Qureshi", "Rao", "Schmidt", "Tanaka", "Usman", "Varga", "Weber", "Xu",
    "Yilmaz", "Zhang", "Almeida", "Brandt", "Costa", "Diaz", "Engel",
  ]

  /// The customer of an order: each name of many, the phone of one.
  static func customer(_ number: Int64) -> (name: String, phone: String) {
    let first = firstNames[Int(number % Int64(firstNames.count))]
    let last = lastNames[Int(number / 7 % Int64(lastNames.count))]
    let digits = "\(number % 1_000_000_000)"
    return ("\(first) \(last)", "+91" + String(repeating: "0", count: 9 - digits.count) + digits)
  }

  /// The body of an order of two products.
  static func order(number: Int64, stamp: Stamp? = nil) -> String {
    let customer = customer(number)
    let notes = stamp.map { #","notes":"\#($0.text)""# } ?? ""
    return #"{"customer":{"name":"\#(customer.name)","phone":"\#(customer.phone)"},"items":["#
      + #"{"productId":"desk","name":"Desk","quantity":\#(desks),"unitPrice":450.50,"taxRate":0.18},"#
      + #"{"productId":"chair","name":"Chair","quantity":\#(chairs),"unitPrice":79.95,"taxRate":0.18}]\#(notes)}"#
  }

  /// How many pieces of each product an order has.
  static let desks = 4
  static let chairs = 12

  /// The body of a delivery of so many pieces.
  static func delivery(status: String, desks: Int = 0, chairs: Int = 0) -> String {
    let items = [("desk", desks), ("chair", chairs)].filter { $0.1 > 0 }
    let texts = items.map { #"{"productId":"\#($0.0)","quantity":\#($0.1)}"# }
    return #"{"status":"\#(status)","items":[\#(texts.joined(separator: ","))]}"#
  }

  /// The bodies of two deliveries that together bring all of an order.
  static let parts = [
    delivery(status: "delivered", desks: 3),
    delivery(status: "delivered", desks: desks - 3, chairs: chairs),
  ]

  /// The path of a search by the phone of an order's customer, which one order has.
  static func searchByPhone(_ number: Int64) -> String {
    "/api/orders?limit=20&search=%2B\(customer(number).phone.dropFirst())"
  }

  /// The path of a search by a last name, which one of 31 orders has.
  static func searchByName(_ index: Int) -> String {
    "/api/orders?limit=20&search=\(lastNames[index % lastNames.count])"
  }

  /// How many last names there are.
  static var lastNameCount: Int { lastNames.count }

  /// An order that many deliveries can be taken from.
  static let bottomless =
    #"{"customer":{"name":"Load Test"},"items":[{"productId":"desk","name":"Desk","quantity":1000000,"unitPrice":1}]}"#
}
