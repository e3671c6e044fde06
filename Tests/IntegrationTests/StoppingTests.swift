import Foundation
import HubRuntime
import HubTestSupport
import Testing

@Suite struct StoppingTests {
  /// What a client under load saw of one order it sent.
  private enum Outcome: Sendable, Equatable {
    case made(id: String)
    case refused(status: Int)
    /// Not even connected, or closed before any of it was sent.
    case notTaken
    /// The request was sent whole on a fresh connection and no answer came.
    case cutOff(String)
  }

  @Test func onSIGTERMUnderLoadEveryAcknowledgedOrderIsThereAndNoRequestIsCut() async throws {
    let hub = try await Hub.own(apis: 2)
    defer { hub.end() }
    let ada = try hub.caller()
    let (leaving, staying) = (hub.apis[0], hub.apis[1])
    let (isOver, madeCount) = (Locked(false), Locked(0))
    let loads = (0..<12).map { number in
      Task {
        var outcomes: [Outcome] = []
        for index in 0..<2_000 where !isOver.with({ $0 }) {
          outcomes.append(await Self.send(ada, to: leaving.port, key: "\(number)-\(index)"))
          if case .made? = outcomes.last { madeCount.with { $0 += 1 } }
          if outcomes.last == .notTaken { break }
        }
        return outcomes
      }
    }
    let socket = try await hub.socket(ada, subscribes: false)
    try await eventually("there is load") { madeCount.with { $0 } > 20 }
    leaving.signal(SIGTERM)
    hub.live.signal(SIGTERM)
    hub.worker.signal(SIGTERM)
    let statuses = try await onThread { [leaving, hub.live, hub.worker].map { $0.waitForExit() } }
    #expect(statuses == [0, 0, 0])
    isOver.with { $0 = true }
    var outcomes: [Outcome] = []
    for load in loads { outcomes += await load.value }

    let made = outcomes.compactMap { if case .made(let id) = $0 { id } else { nil } }
    #expect(made.count > 20)
    for outcome in outcomes {
      switch outcome {
      case .made, .notTaken: break
      case .refused(let status): #expect(status == 503)
      case .cutOff(let why): Issue.record("a request was cut off: \(why)")
      }
    }
    #expect(Set(made).count == made.count)
    // All of them by the other process, and not one more than was not refused.
    let rest = try Caller(ports: [staying.port], tenant: ada.tenant)
    var found: Set<String> = []
    var cursor = ""
    repeat {
      let page = try await rest.get("/api/orders?limit=100" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
      found.formUnion(page["orders"].items.map(\.id))
      cursor = page["pagination"]["nextCursor"].text
    } while !cursor.isEmpty
    #expect(Set(made) == found)
    #expect(try await rest.get("/api/orders/stats")["counters"]["totalOrders"].whole == made.count)
    let close = try await onThread { try socket.client.nextClose().code }
    #expect(close == 1012)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: hub).status == 0)
  }

  /// One order on a connection of its own.
  private static func send(_ ada: Caller, to port: Int, key: String) async -> Outcome {
    let token = ada.token ?? ""
    let outcome = try? await onThread { () -> Outcome in
      guard let client = try? RawClient(port: port, timeoutSeconds: HangLimit.seconds) else { return .notTaken }
      do {
        try client.request(
          "POST", "/api/orders", headers: ["Authorization: Bearer \(token)", "Idempotency-Key: \(key)"],
          body: #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#)
        let answer = try client.answer()
        let order = Document(parsing: answer.body)["order"]
        return answer.status == 201 ? .made(id: order.id) : .refused(status: answer.status)
      } catch {
        return .cutOff("\(error)")
      }
    }
    return outcome ?? .notTaken
  }

  @Test func aConnectionThatIsIdleDoesNotHoldTheProcessUp() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let port = hub.apis[0].port
    let idle = try await onThread {
      let client = try RawClient(port: port)
      try client.request("GET", "/healthz")
      #expect(try client.answer().status == 200)
      return client.release().socket
    }
    defer { close(idle) }
    hub.apis[0].signal(SIGINT)
    #expect(try await onThread { hub.apis[0].waitForExit() } == 0)
  }
}
