import Foundation
import HubTestSupport

/// Where the REST side takes text.
enum APIEntrances {
  static func all(token: String, order: String) -> [Entrance] {
    open + headers(token) + targets(token) + bodies(token, order)
  }

  private static let open = [
    Entrance("a member's name of a log-in") {
      try ask($1, "POST", "/api/auth/login", body: #"{"\#($0.text)":1,"tenant":"a","user":"b","password":"c"}"#)
    },
    Entrance("many members' names of a log-in") { probe, port in
      let members = (0..<20).map { #""\#(probe.text.unicodeScalars.prefix(150).map { String($0) }.joined())\#($0)":1"# }
      try ask(port, "POST", "/api/auth/login", body: "{\(members.joined(separator: ","))}")
    },
    Entrance("the names of a log-in") { probe, port in
      let text = probe.text
      try ask(
        port, "POST", "/api/auth/login", body: #"{"tenant":"\#(text)","user":"\#(text)","password":"\#(text)"}"#)
    },
    Entrance("a password as long as it may be") { probe, port in
      let text = probe.start(500)
      try ask(port, "POST", "/api/auth/login", body: #"{"tenant":"a","user":"b","password":"\#(text)"}"#)
    },
    Entrance("a refresh token") {
      try ask($1, "POST", "/api/auth/refresh", body: #"{"refreshToken":"\#($0.text)"}"#)
    },
    Entrance("the media type") {
      try ask($1, "POST", "/api/auth/login", ["Content-Type: \($0.text)"], body: "{}")
    },
    Entrance("the content's encoding") {
      try ask($1, "POST", "/api/auth/login", ["Content-Encoding: \($0.text)"], body: "{}")
    },
  ]

  private static func headers(_ token: String) -> [Entrance] {
    [
      Entrance("Origin") { try ask($1, "GET", "/healthz", ["Origin: \($0.text)"]) },
      Entrance("Origin of a preflight") { try ask($1, "OPTIONS", "/api/orders", ["Origin: \($0.text)"]) },
      Entrance("a bearer") { try ask($1, "GET", "/api/orders", ["Authorization: Bearer \($0.text)"]) },
      Entrance("another scheme") { try ask($1, "GET", "/api/orders", ["Authorization: \($0.text) x"]) },
      Entrance("a token's head") { probe, port in
        // A token may have 4 KiB.
        let text = String(String.UnicodeScalarView(probe.text.unicodeScalars.prefix(600)))
        let token = HandMadeToken.make(
          header: #"{"alg":"\#(text)","typ":"\#(text)"}"#, payload: "{}", secret: "guess")
        try ask(port, "GET", "/api/orders", ["Authorization: Bearer \(token)"])
      },
      Entrance("X-Request-Id") { try ask($1, "GET", "/healthz", ["X-Request-Id: \($0.text)"]) },
      Entrance("Idempotency-Key") {
        try ask(
          $1, "POST", "/api/orders", ["Authorization: Bearer \(token)", "Idempotency-Key: \($0.text)"], body: "{}")
      },
    ]
  }

  private static func targets(_ token: String) -> [Entrance] {
    let bearer = ["Authorization: Bearer \(token)"]
    let queries = ["search", "customer", "status", "paymentStatus", "startDate", "limit", "sort", "cursor"]
    let further = [
      "/api/deliveries": ["day", "from", "to", "status", "limit", "cursor"],
      "/api/invoices": ["month", "status", "limit", "cursor"],
    ]
    return [
      Entrance("a search as long as it may be") { probe, port in
        let text = probe.start(64).addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        try ask(port, "GET", "/api/orders?search=\(text)", bearer)
      },
      Entrance("a path that leads nowhere") { try ask($1, "GET", "/\($0.escaped)/\($0.escaped)") },
      Entrance("a user in a path") { try ask($1, "GET", "/api/users/\($0.escaped)", bearer) },
      Entrance("a product in a path") { try ask($1, "GET", "/api/products/\($0.escaped)", bearer) },
      Entrance("an order's number in a path") { try ask($1, "GET", "/api/orders/ORD-\($0.escaped)", bearer) },
      Entrance("a query's name") { try ask($1, "GET", "/api/orders?\($0.escaped)=1", bearer) },
    ]
      + queries.map { name in
        Entrance("\(name) of a list") { try ask($1, "GET", "/api/orders?\(name)=\($0.escaped)", bearer) }
      }
      + further.flatMap { path, names in
        names.map { name in
          Entrance("\(name) of \(path)") { try ask($1, "GET", "\(path)?\(name)=\($0.escaped)", bearer) }
        }
      }
  }

  private static func bodies(_ token: String, _ order: String) -> [Entrance] {
    let bearer = ["Authorization: Bearer \(token)"]
    func post(_ name: String, _ method: String, _ target: String, _ body: @escaping @Sendable (String) -> String)
      -> Entrance
    {
      Entrance(name) { try ask($1, method, target, bearer, body: body($0.text)) }
    }
    return [
      post("an order's texts", "POST", "/api/orders") { text in
        """
        {"customer":{"id":"\(text)","name":"\(text)","phone":"\(text)","email":"\(text)","address":"\(text)"},\
        "items":[{"productId":"\(text)","name":"\(text)","quantity":1,"unitPrice":1}],"currency":"\(text)",\
        "advance":{"amount":1,"method":"\(text)"},"notes":"\(text)","deliveryDate":"\(text)","workflow":"\(text)"}
        """
      },
      Entrance("an order's texts as long as they may be") { probe, port in
        try ask(
          port, "POST", "/api/orders", bearer,
          body: """
            {"customer":{"name":"\(probe.start(200))","phone":"\(probe.start(40))","address":"\(probe.start(500))"},\
            "items":[{"productId":"p","name":"\(probe.start(200))","quantity":1,"unitPrice":1}],\
            "notes":"\(probe.start(2_000))"}
            """)
      },
      post("an order's products", "POST", "/api/orders") { text in
        let items = (0..<20).map { number in
          // As long as an id may be.
          let id = String(String.UnicodeScalarView(text.unicodeScalars.prefix(15))) + "\(number)"
          return #"{"productId":"\#(id)","quantity":1,"unitPrice":1}"#
        }
        return #"{"customer":{"name":"Ann"},"items":[\#(items.joined(separator: ","))]}"#
      },
      post("a delivery's lines", "POST", "/api/orders/\(order)/deliveries") { text in
        let lines = ["", "1", "2"].map { #"{"productId":"\#(text)\#($0)","quantity":1}"# }
        return #"{"items":[\#(lines.joined(separator: ","))],"notes":"\#(text)"}"#
      },
      post("a delivery's item", "POST", "/api/orders/\(order)/deliveries") {
        #"{"items":[{"itemId":"\#($0)","quantity":1}]}"#
      },
      post("a delivery's status", "POST", "/api/orders/\(order)/deliveries") {
        #"{"items":[{"productId":"p","quantity":1}],"status":"\#($0)"}"#
      },
      post("a status to move to", "PATCH", "/api/orders/deliveries/\(order)/status") { #"{"status":"\#($0)"}"# },
      post("a payment's method", "POST", "/api/invoices/\(order)/payments") { #"{"amount":1,"method":"\#($0)"}"# },
      post("a credit's reason", "POST", "/api/invoices/\(order)/credit") {
        #"{"reason":"\#($0)","refund":{"method":"\#($0)"}}"#
      },
      post("a product", "POST", "/api/products") { #"{"productId":"\#($0)","name":"\#($0)","unitPrice":1}"# },
      post("a movement of stock", "POST", "/api/products/p/stock") {
        #"{"kind":"\#($0)","quantity":1,"reason":"\#($0)"}"#
      },
      post("a user", "POST", "/api/users") {
        #"{"user":"\#($0)","role":"\#($0)","name":"\#($0)","password":"\#($0)"}"#
      },
      post("a user's change", "PATCH", "/api/users/u") { #"{"role":"\#($0)","name":"\#($0)"}"# },
      post("one's own password", "PUT", "/api/me/password") { #"{"oldPassword":"\#($0)","password":"\#($0)"}"# },
      post("a reason to cancel", "PATCH", "/api/orders/\(order)/cancel") { #"{"\#($0)":1}"# },
    ]
  }

  /// Sends a request and reads its answer, which is no failure of the hub.
  static func ask(_ port: Int, _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil) throws
  {
    let client = try RawClient(port: port)
    try client.request(method, target, headers: headers, body: body)
    let answer = try client.answer()
    guard answer.status < 500 else { throw TestServerError("\(method) \(target.prefix(60)): \(answer.status)") }
  }
}
