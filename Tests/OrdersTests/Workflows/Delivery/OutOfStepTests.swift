import Orders
import Testing

/// Orders whose parts contradict each other: they are refused, and nothing traps.
@Suite struct OutOfStepTests {
  @Test func `a derived status that the row does not have is refused`() throws {
    var order = try placed(draft(item("a", "2")))
    order.status = .partialDelivered
    let refused = try refusal { try deliver(order, [("a", "1")]) }
    #expect(refused.code == "transition_not_allowed")
    #expect(refused.facts == [.status("partial_delivered"), .allowed(["partial_delivered", "delivered"])])
  }

  @Test func `a workflow that is not known is refused`() throws {
    var order = try placed(draft(item("a", "2")))
    order.workflow = WorkflowName(rawValue: "nowhere")
    #expect(try refusal { try deliver(order, [("a", "1")]) }.code == "order_out_of_step")
    #expect(order.phase == .problem)
  }

  @Test(arguments: [Int64.min, -1, 3_000_000, .max])
  func `wild quantities and amounts are refused or read as nothing`(wild: Int64) throws {
    let start = try deliver(placed(draft(item("a", "2"), advance: "5")), [("a", "1")])
    let changes: [(inout Order) -> Void] = [
      { $0.items[0].quantity = Quantity(millionths: wild) }, { $0.items[0].cancelled = Quantity(millionths: wild) },
      { $0.items[0].delivered = Quantity(millionths: wild) }, { $0.items[0].received = Quantity(millionths: wild) },
      { $0.items[0].invoiced = Quantity(millionths: wild) }, { $0.items[0].subtotal = Money(units: wild) },
      { $0.items[0].discount = Money(units: wild) }, { $0.items[0].tax = Money(units: wild) },
      { $0.advanceApplied = Money(units: wild) }, { $0.paid = Money(units: wild) },
      { $0.items[0].returned = Quantity(millionths: wild) },
    ]
    for change in changes {
      var order = start.order
      change(&order)
      #expect((0...100).contains(order.progress))
      #expect(order.items[0].remaining >= .zero)
      _ = (order.fulfilment, order.remainingByProduct, order.items[0].total)
      _ = try? deliver(order, [("a", "1")])
      _ = try? Rules.move(start.delivery, to: .delivered, of: order, in: context())
      _ = try? Rules.move(start.delivery, to: .cancelled, of: order, in: context())
      let invoiced = try? Rules.invoice(start.delivery, of: order, number: "I", existing: nil, in: context())
      if let invoice = invoiced?.insertedInvoice {
        #expect(invoice.due >= .zero)
        _ = try? Rules.pay(invoice, amount: money("1"), method: "x", of: order, in: context())
        if let change = invoiced {
          _ = try? Rules.credit(
            invoice, CreditDraft(), of: change.order, delivery: start.delivery, number: "C", in: context())
        }
      }
      _ = try? Rules.close(order, products: [:], in: context())
      _ = try? Rules.cancel(order, deliveries: [start.delivery], products: [:], in: context())
    }
  }
}
