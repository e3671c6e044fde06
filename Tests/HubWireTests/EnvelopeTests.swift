import HubContracts
import HubWire
import Orders
import Testing

@Suite struct EnvelopeTests {
  private func order(_ customer: Customer) throws -> Order {
    Order(
      id: OrderID(high: 1, low: 2), tenantID: try #require(TenantID("north")), number: "ORD-1", workflow: .delivery,
      status: Status(rawValue: "open"), paymentStatus: .unpaid, version: 7,
      currency: try #require(Currency("EUR")), customer: customer, items: [], subtotal: .zero, discount: .zero,
      tax: .zero, total: .zero, paid: .zero, advance: nil, advanceApplied: .zero, invoices: InvoiceCount(),
      deliveryCount: 0, notes: nil, deliveryDate: nil, createdBy: try #require(UserID("ada")),
      createdAt: Timestamp(millis: 0), updatedAt: Timestamp(millis: 0))
  }

  private func record(_ customer: Customer) throws -> [String] {
    let order = try order(customer)
    return EnvelopeWriter.record(
      [.orderCancelled, .orderProgressUpdated], of: order, encoded: Array("{}".utf8), by: order.createdBy,
      at: Timestamp(millis: 1)
    ).map { String(decoding: $0.envelope, as: UTF8.self) }
  }

  @Test func namesTheOrdersCustomerRightAfterTheOrder() throws {
    let id = OrderID(high: 1, low: 2)
    let head = { (seq: Int, type: String) in
      #"{"id":"\#(id):\#(seq)","seq":\#(seq),"tenant":"north","type":"\#(type)","orderId":"\#(id)","customer":"asha","#
        + #""at":"1970-01-01T00:00:00.001Z","data":"#
    }
    #expect(
      try record(Customer(id: "asha", name: "Asha Rao")) == [
        head(6, "order:cancelled") + #"{"orderId":"\#(id)","orderNumber":"ORD-1","cancelReason":null}}"#,
        head(7, "order:progress-updated") + #"{"orderId":"\#(id)","progress":0,"status":"open"}}"#,
      ])
  }

  @Test func escapesTheCustomersNameAsAnyText() throws {
    #expect(try record(Customer(id: #"a","x":"b"#, name: "A"))[0].contains(##""customer":"a\",\"x\":\"b","at":"##))
  }

  @Test func namesNobodyWhereTheCustomerIsNoUser() throws {
    for envelope in try record(Customer(name: "Asha Rao")) { #expect(!envelope.contains(#""customer""#)) }
  }
}
