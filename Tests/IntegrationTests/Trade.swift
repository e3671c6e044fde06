import Foundation
import HubRuntime
import HubTestSupport

/// Staff at work: some hands that place, deliver and hand over orders, one after the other, until they are stopped.
/// What is refused meanwhile, or gets no answer, is left as it is.
final class Trade: Sendable {
  private let isOver = Locked(false)
  private let hands = Locked<[Task<Void, Never>]>([])

  /// Begins at once. Each hand rests `pauseMs` after each step.
  init(_ caller: Caller, hands count: Int = 3, pauseMs: Int = 60) {
    let isOver = isOver
    let tasks = (0..<count).map { _ in
      Task {
        while !isOver.with({ $0 }) {
          do { try await Self.trade(caller, pauseMs) } catch { try? await Task.sleep(for: .milliseconds(100)) }
        }
      }
    }
    hands.with { $0 = tasks }
  }

  private static func trade(_ caller: Caller, _ pauseMs: Int) async throws {
    let order = try await caller.place([("p1", "10"), ("p2", "3.5")])
    for quantity in ["4", "6"] {
      try await Task.sleep(for: .milliseconds(pauseMs))
      let delivery = try await caller.deliver(order, quantity)["delivery"]
      for status in ["dispatched", "delivered"] {
        try await Task.sleep(for: .milliseconds(pauseMs))
        _ = try await caller.move(delivery, to: status)
      }
    }
  }

  /// Lets each hand finish its order.
  func end() async {
    isOver.with { $0 = true }
    for hand in hands.with({ $0 }) { await hand.value }
  }
}

extension Caller {
  /// The version of each order of the tenant.
  func versions() async throws -> [String: Int] {
    var versions: [String: Int] = [:]
    var cursor = ""
    repeat {
      let page = try await get("/api/orders?limit=100" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
      guard page.status == 200 else { throw TestServerError("no orders: \(page)") }
      for order in page["orders"].items { versions[order.id] = order["version"].whole }
      cursor = page["pagination"]["nextCursor"].text
    } while !cursor.isEmpty
    return versions
  }
}
