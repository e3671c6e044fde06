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
      + #"{"productId":"desk","name":"Desk","quantity":4,"unitPrice":450.50,"taxRate":0.18},"#
      + #"{"productId":"chair","name":"Chair","quantity":12,"unitPrice":79.95,"taxRate":0.18}]\#(notes)}"#
  }

  /// An order that many deliveries can be taken from.
  static let bottomless =
    #"{"customer":{"name":"Load Test"},"items":[{"productId":"desk","name":"Desk","quantity":1000000,"unitPrice":1}]}"#
}
