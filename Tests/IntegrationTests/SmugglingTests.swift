import Foundation
import HubTestSupport
import Testing

/// Requests in requests, at the real processes and through real proxies before them.
@Suite(.serialized) struct SmugglingTests {
  enum Target: String, CaseIterable, Sendable { case api, live }

  @Test(arguments: Target.allCases)
  func aRequestThatIsReadTwoWaysIsRefusedAndNothingBehindItIsServed(target: Target) async throws {
    let hub = try await Hub.shared()
    let port = target == .api ? hub.apis[0].port : hub.live.port
    try await onThread {
      for (name, bytes) in SmuggledRequests.heads
        + SmuggledRequests.chunks.map({
          ($0.name, SmuggledRequests.chunkedRequest($0.bytes))
        })
      {
        let answers = try SmuggledRequests.answers(to: [bytes + SmuggledRequests.second], port: port)
        #expect(answers.count == 1, "\(name): \(answers)")
        // A path that is not there, or a token that is not, may be said first.
        #expect(["400", "401", "404", "405", "413", "501", "505"].contains(answers.first ?? ""), "\(name): \(answers)")
      }
      for bytes in SmuggledRequests.ends {
        let request = SmuggledRequests.chunkedRequest(bytes) + SmuggledRequests.second
        #expect(try SmuggledRequests.answers(to: [request], port: port).count == 1, "\(bytes)")
      }
    }
    #expect(try !hub.apis[0].output().contains("/second"))
  }

  /// Whatever a proxy makes of such requests: it lets nobody pass to `/second`, and what it does not see it cannot stop.
  @Test(arguments: Proxy.allCases)
  func aProxysRulesHoldForWhatStandsBehindARequest(proxy: Proxy) async throws {
    let hub = try await Hub.shared()
    let front = try await onThread { try proxy.start(before: hub) }
    defer { front.stop() }
    let port = front.port
    try await onThread {
      let all =
        SmuggledRequests.heads.map(\.bytes)
        + (SmuggledRequests.chunks.map(\.bytes) + SmuggledRequests.ends).map(SmuggledRequests.chunkedRequest)
      for (index, bytes) in all.enumerated() {
        // To both processes: what has the one's path goes there.
        for path in ["/e", "/socket.io/?EIO=4&transport=polling"] {
          let attacker = try RawClient(port: port)
          let second = SmuggledRequests.second.replacing("Host: t", with: "Host: t\r\nX-Request-Id: smuggled-\(index)")
          try? attacker.send(bytes.replacing(" /e", with: " \(path)") + second)
          try? attacker.send("GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
          #expect(!attacker.rest().contains("smuggled-\(index)"), "\(bytes)")
          // An answer that was smuggled out would be the next one's on the same connection to the hub.
          for path in ["/healthz", "/socket.io/?EIO=4&transport=polling"] {
            let victim = try RawClient(port: port)
            try victim.request("GET", path)
            let answer = try victim.answer()
            #expect(answer.status == 200, "\(bytes)")
            #expect(answer.headers["x-request-id"] != "smuggled-\(index)", "\(bytes)")
          }
        }
      }
    }
    #expect(try !hub.apis[0].output().contains("smuggled-"))
  }

  @Test(arguments: Proxy.allCases)
  func whatIsInOrderWorksThroughAProxy(proxy: Proxy) async throws {
    let hub = try await Hub.shared()
    let front = try await onThread { try proxy.start(before: hub) }
    defer { front.stop() }
    let caller = try hub.caller()
    let (token, port) = (caller.token ?? "", front.port)
    try await onThread {
      let authorization = "Authorization: Bearer \(token)"
      let json = "Content-Type: application/json"
      let client = try RawClient(port: port)
      let order = #"{"customer":{"name":"P"},"items":[{"productId":"p","name":"P","quantity":1,"unitPrice":1}]}"#
      // Requests of known length, one after the other on one connection.
      var id = ""
      for _ in 0..<5 {
        try client.request("POST", "/api/orders", headers: [authorization, json], body: order)
        let placed = try client.answer()
        #expect(placed.status == 201, "\(placed)")
        id = Document(parsing: placed.body)["order"]["id"].text
        try client.request("GET", "/api/orders/\(id)", headers: [authorization])
        #expect(try client.answer().status == 200)
        try client.request("GET", "/healthz")
        #expect(try client.answer().status == 200)
      }
      // A body in chunks, in pieces, and the next request on the same connection to the proxy.
      for _ in 0..<5 {
        try client.request("POST", "/api/orders", headers: [authorization, json, "Transfer-Encoding: chunked"])
        let (head, rest) = (order.prefix(20), order.dropFirst(20))
        try client.send("\(String(head.utf8.count, radix: 16))\r\n\(head)\r\n")
        try client.send("\(String(rest.utf8.count, radix: 16))\r\n\(rest)\r\n0\r\n\r\n")
        #expect(try client.answer().status == 201)
      }
      // A body that is asked for.
      try client.request(
        "POST", "/api/orders",
        headers: [authorization, json, "Expect: 100-continue", "Content-Length: \(order.utf8.count)"])
      var answer = try client.answer()
      if answer.status == 100 {
        try client.send(order)
        answer = try client.answer()
      }
      #expect(answer.status == 201)
    }
    try await onThread {
      let socket = try LiveSocket(port: port, headers: ["Authorization: Bearer \(token)"])
      try socket.greet(subscribes: true)
      socket.client.send(#"{"type":"ping"}"#)
      let polling = try RawClient(port: port)
      try polling.request("GET", "/socket.io/?EIO=4&transport=polling")
      let opened = try polling.answer()
      let sid = Document(parsing: String(opened.body.dropFirst()))["sid"].text
      try polling.request(
        "POST", "/socket.io/?EIO=4&transport=polling&sid=\(sid)", headers: ["Content-Type: text/plain;charset=UTF-8"],
        body: "40{\"token\":\"\(token)\"}")
      #expect(try polling.answer().body == "ok")
      try polling.request("GET", "/socket.io/?EIO=4&transport=polling&sid=\(sid)")
      #expect(try polling.answer().body.hasPrefix("40{"))
    }
  }
}

/// Proxies that stand before a hub: to the api, and to the live process what is its own. They keep their connections to
/// the hub for whoever comes next, and let nobody pass to `/second`.
enum Proxy: String, CaseIterable, Sendable {
  case nginx, haproxy

  func start(before hub: Hub) throws -> ServerProcess {
    switch self {
    case .nginx:
      try Proxies.nginx { _, port in
        """
        upstream api { server 127.0.0.1:\(hub.apis[0].port); keepalive 4; }
        upstream live { server 127.0.0.1:\(hub.live.port); keepalive 4; }
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        server {
          listen 127.0.0.1:\(port);
          proxy_http_version 1.1;
          proxy_request_buffering off;
          proxy_set_header Connection $connection_upgrade;
          proxy_set_header Upgrade $http_upgrade;
          location /second { return 403; }
          location / { proxy_pass http://api; }
          location /ws { proxy_pass http://live; }
          location /socket.io/ { proxy_pass http://live; }
        }
        """
      }
    case .haproxy:
      try Proxies.haproxy { _, port in
        """
        defaults
          mode http
          timeout connect 10s
          timeout client 120s
          timeout server 120s
          timeout tunnel 120s
          http-reuse always
        frontend all
          bind 127.0.0.1:\(port)
          http-request deny deny_status 403 if { path_beg /second }
          use_backend live if { path_beg /ws } or { path_beg /socket.io }
          default_backend api
        backend api
          server api 127.0.0.1:\(hub.apis[0].port)
        backend live
          server live 127.0.0.1:\(hub.live.port)

        """
      }
    }
  }
}
