import Orders
import Testing

@Suite struct MoveTests {
  private func move(_ delivery: Delivery, to status: DeliveryStatus, of order: Order) throws -> (Order, Delivery) {
    let change = try Rules.move(delivery, to: status, of: order, in: context())
    return (change.order, try #require(change.changedDeliveries.first))
  }

  @Test func `every step between statuses is as its table says`() throws {
    let allowed: [DeliveryStatus: Set<DeliveryStatus>] = [
      .pending: [.dispatched, .delivered, .cancelled], .dispatched: [.delivered, .failed, .cancelled],
      .failed: [.dispatched, .cancelled], .delivered: [], .cancelled: [],
    ]
    for from in DeliveryStatus.allCases {
      for to in DeliveryStatus.allCases {
        let (order, made) = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
        var there = made
        there.status = from
        if allowed[from]?.contains(to) == true {
          #expect(try move(there, to: to, of: order).1.status == to)
        } else {
          let refused = try refusal { try move(there, to: to, of: order) }
          #expect(refused.kind == .conflict)
          #expect(refused.code == "delivery_transition_not_allowed")
          #expect(refused.facts.contains(.allowed(from.next.map(\.rawValue))))
        }
      }
    }
  }

  @Test func `delivered goods are received, and the events say so`() throws {
    let (order, made) = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    let change = try Rules.move(made, to: .delivered, of: order, in: context(at: 9))
    var expected = made
    expected.status = .delivered
    expected.updatedAt = Timestamp(millis: 9)
    #expect(change.changedDeliveries == [expected])
    #expect(change.events == [.deliveryStatusUpdated(expected), .orderUpdated, .orderProgressUpdated])
    #expect(change.order.status == .partialDelivered)
    #expect(change.order.items[0].received == (try quantity("1")))
    #expect(change.order.version == order.version + 3)
    #expect(change.changedItems.isEmpty)
  }

  @Test func `a step that changes neither status nor progress sends no progress`() throws {
    let (order, made) = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    let change = try Rules.move(made, to: .dispatched, of: order, in: context())
    #expect(change.events.map(\.type) == [.deliveryStatusUpdated, .orderUpdated])
    #expect(change.order.version == order.version + 2)
  }

  @Test func `cancelling a delivery gives its quantities back, once`() throws {
    let (order, made) = try deliver(placed(draft(item("a", "2"), item("b", "1"))), [("a", "2")])
    let change = try Rules.move(made, to: .cancelled, of: order, in: context())
    #expect(change.order.status == .open)
    #expect(change.order.items[0].remaining == (try quantity("2")))
    #expect(change.changedItems == [order.items[0].id])
    let cancelled = try #require(change.changedDeliveries.first)
    let refused = try refusal { try move(cancelled, to: .cancelled, of: change.order) }
    #expect(refused.facts == [.status("cancelled"), .allowed([]), .version(change.order.version)])
  }

  @Test func `an invoiced delivery cannot be cancelled`() throws {
    let (order, made) = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    let change = try Rules.invoice(made, of: order, number: "INV-1", existing: nil, in: context())
    let invoiced = try #require(change.changedDeliveries.first)
    let refused = try refusal { try move(invoiced, to: .cancelled, of: change.order) }
    #expect(refused.code == "delivery_invoiced")
    #expect(refused.facts.contains(.allowed(["dispatched", "delivered"])))
    #expect(try move(invoiced, to: .delivered, of: change.order).0.status == .partialDelivered)
  }

  @Test func `a failed delivery keeps its goods until it is cancelled`() throws {
    let start = try deliver(placed(draft(item("a", "2"))), [("a", "2")], .dispatched)
    let (order, failed) = try move(start.delivery, to: .failed, of: start.order)
    #expect(order.items[0].remaining == .zero)
    let (again, dispatched) = try move(failed, to: .dispatched, of: order)
    #expect(try move(dispatched, to: .delivered, of: again).0.status == .delivered)
    #expect(try move(failed, to: .cancelled, of: order).0.status == .open)
  }

  @Test func `a delivery of another order, or one that does not fit its order, is refused`() throws {
    let (order, made) = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    var other = made
    other.orderID = OrderID(high: 1, low: 1)
    #expect(try refusal { try move(other, to: .delivered, of: order) }.kind == .notFound)
    var wild = made
    wild.items[0].quantity = Quantity(millionths: .max)
    #expect(try refusal { try move(wild, to: .delivered, of: order) }.code == "order_out_of_step")
    #expect(try refusal { try move(wild, to: .cancelled, of: order) }.code == "order_out_of_step")
  }
}
