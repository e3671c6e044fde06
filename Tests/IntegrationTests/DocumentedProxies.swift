import HubTestSupport

/// The load balancers of the documents, with the addresses of a hub of a test in place of theirs. They block.
enum DocumentedProxies {
  /// A haproxy that tells on `statsPort` what it thinks of its servers. Here it speaks no TLS.
  static func haproxy(before addresses: [(String, String)], statsPort: Int) throws -> ServerProcess {
    try Proxies.haproxy { _, port in
      "global\n  stats socket ipv4@127.0.0.1:\(statsPort) level user\n"
        + (try DocumentBlocks.block(
          "haproxy",
          replacing: addresses + [
            ("bind :443 ssl crt /etc/haproxy/hub.pem", "bind 127.0.0.1:\(port)"),
            // On a busy machine a process that lives may be slow to say so.
            ("timeout check 5s", "timeout check 60s"),
          ]))
    }
  }

  /// An nginx. Here it speaks no TLS.
  static func nginx(before addresses: [(String, String)]) throws -> ServerProcess {
    try Proxies.nginx { _, port in
      try DocumentBlocks.block(
        "nginx",
        replacing: addresses + [
          ("listen 443 ssl;", "listen 127.0.0.1:\(port);"),
          ("ssl_certificate /etc/nginx/hub.pem;", ""), ("ssl_certificate_key /etc/nginx/hub.key;", ""),
        ])
    }
  }

  /// What stands in the documents, and what is here: ports of the api and live process of both machines.
  static func addresses(_ ports: [Int]) -> [(String, String)] {
    zip(["10.0.0.11:3002", "10.0.0.11:3003", "10.0.0.12:3002", "10.0.0.12:3003"], ports).map {
      ($0, "127.0.0.1:\($1)")
    }
  }
}
