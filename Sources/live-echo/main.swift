import Glibc
import HTTPServer
import HubRuntime

/// What the protocols' own test suites run against; see `usage`.
let usage = """
  usage: live-echo [--help | --version]

  Echoes what it is sent, for the test suites of the protocols that the hub's live side speaks. It keeps nothing, knows
  nobody, and is no part of the hub.

    /engine.io/   Engine.IO 4: each message comes back
    /socket.io/   Socket.IO 5, namespaces / and /custom: "auth" on connecting, "message" comes back as "message-back",
                  "message-with-ack" is acknowledged with its own arguments
    /echo         WebSocket: each message comes back

  Listens on HOST (127.0.0.1) and PORT (3000) until SIGTERM or SIGINT. Pings every PING_INTERVAL_MS (300) and waits
  PING_TIMEOUT_MS (200) for the answer: the suites' times, to be raised for measurements.
  """

switch CommandLine.arguments.dropFirst().first {
case nil: exit(await serve())
case "--help", "-h":
  print(usage)
  exit(0)
case "--version", "version":
  print("live-echo \(HubVersion.text)")
  exit(0)
case .some(let word):
  let known = ["--help", "--version"]
  let meant = Misspelling.hint(for: word, among: known)
  complain("live-echo: there is no option \(word)\(meant); there are \(known.joined(separator: ", "))")
  exit(2)
}

private func serve() async -> Int32 {
  let host = setting("HOST") ?? "127.0.0.1"
  guard let port = number("PORT", 3_000, 0...65_535), let interval = number("PING_INTERVAL_MS", 300, 10...600_000),
    let timeout = number("PING_TIMEOUT_MS", 200, 10...600_000)
  else { return 2 }
  let signals = TerminationSignals()
  TerminationSignals.ignoreBrokenPipes()
  do {
    let echo = try EchoServer(
      host: host, port: port, pingIntervalMs: Int64(interval), pingTimeoutMs: Int64(timeout))
    print("live-echo listens on \(host):\(echo.port)")
    fflush(nil)
    for await _ in signals.stream { break }
    await echo.stop()
    return 0
  } catch {
    complain("live-echo: \(error)")
    return 1
  }
}

private func setting(_ name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

private func number(_ name: String, _ usual: Int, _ allowed: ClosedRange<Int>) -> Int? {
  guard let text = setting(name) else { return usual }
  if let value = Int(text), allowed.contains(value) { return value }
  complain("live-echo: \(name) is \(text), allowed are \(allowed.lowerBound) to \(allowed.upperBound)")
  return nil
}

private func complain(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}
