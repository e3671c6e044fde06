import Orders
import Testing

@Suite struct TransferTests {
  private func shelf() throws -> Product {
    var shelf = try product("a", onHand: "10")
    (shelf.damaged, shelf.onHold, shelf.reserved) = (try quantity("2"), try quantity("3"), try quantity("4"))
    return shelf
  }

  private func transfer(
    _ from: StockPlace, _ to: StockPlace, _ amount: String = "1", _ reason: Text? = "checked"
  ) throws -> StockTransfer {
    StockTransfer(from: from, to: to, quantity: try quantity(amount), reason: reason)
  }

  @Test(arguments: [
    (StockPlace.available, StockPlace.onHold), (.available, .damaged), (.onHold, .available), (.onHold, .damaged),
    (.damaged, .available), (.damaged, .onHold),
  ])
  func goodsMoveBetweenPlacesAndTheRowNamesBoth(from: StockPlace, to: StockPlace) throws {
    let before = try shelf()
    let (after, row) = try Rules.transfer(transfer(from, to, "1.5"), of: before, in: context(.employee))
    for place in StockPlace.allCases {
      let moved = place == from ? -1_500_000 : place == to ? 1_500_000 : 0
      #expect(after[place].millionths == before[place].millionths + Int64(moved))
      #expect(row[place].millionths == Int64(moved))
    }
    #expect(row.from == from && row.to == to && row.kind == .transfer && row.reason == "checked")
    #expect(row.orderID == nil && row.hold == nil && row.by.text == "asha")
    #expect(after.version == before.version + 1 && after.updatedAt == Timestamp(millis: 1_000))
  }

  @Test(arguments: [
    (StockPlace.available, "10.000001", "10.000001 of a are more than the 10 that are on hand."),
    (.onHold, "4", "4 of a are more than the 3 that are on hold."),
    (.damaged, "3", "3 of a are more than the 2 that are damaged."),
  ])
  func noMoreMovesThanIsThere(from: StockPlace, amount: String, detail: String) throws {
    let to: StockPlace = from == .damaged ? .onHold : .damaged
    let refused = try refusal { try Rules.transfer(transfer(from, to, amount), of: shelf(), in: context()) }
    #expect(refused.kind == .conflict && refused.code == "exceeds_stock" && refused.detail == detail)
  }

  @Test func nothingMovesFromAShelfThatOwes() throws {
    var shelf = try shelf()
    shelf.onHand = try quantity("-5")
    let refused = try refusal { try Rules.transfer(transfer(.available, .damaged), of: shelf, in: context()) }
    #expect(refused.detail == "1 of a are more than the 0 that are on hand.")
    #expect(try Rules.transfer(transfer(.onHold, .available), of: shelf, in: context()).product.onHand.decimal == "-4")
  }

  @Test func whatIsNoTransferIsRefusedWithAllThatIsWrong() throws {
    func paths(_ transfer: StockTransfer) throws -> [String] {
      try refusal { try Rules.transfer(transfer, of: shelf(), in: context()) }.paths
    }
    #expect(try paths(transfer(.reserved, .damaged)) == ["from"])
    #expect(try paths(transfer(.available, .reserved)) == ["to"])
    #expect(try paths(transfer(.onHold, .onHold)) == ["to"])
    #expect(try paths(transfer(.available, .damaged, "1", nil)) == ["reason"])
    #expect(try paths(transfer(.available, .damaged, "1", "")) == ["reason"])
    #expect(try paths(transfer(.available, .damaged, "1", Text(String(repeating: "x", count: 501)))) == ["reason"])
    var wrong = try transfer(.reserved, .reserved, "0", nil)
    #expect(try paths(wrong) == ["from", "to", "to", "quantity", "reason"])
    wrong.quantity = Quantity(millionths: .min)
    #expect(try paths(wrong).contains("quantity"))
    let customer = try refusal { try Rules.transfer(transfer(.onHold, .damaged), of: shelf(), in: context(.customer)) }
    #expect(customer.kind == .forbidden)
    let other = try refusal {
      try Rules.transfer(transfer(.onHold, .damaged), of: shelf(), in: context(tenant: "other"))
    }
    #expect(other.kind == .notFound)
    let byHand = try refusal {
      try Rules.stock(StockMovement(kind: .transfer, quantity: quantity("1")), of: shelf(), in: context())
    }
    #expect(byHand.paths == ["kind"])
  }

  @Test func whatCannotBeCountedIsRefused() throws {
    var shelf = try shelf()
    shelf.damaged = Quantity(millionths: 1_000_000_000_000_000_000)
    let refused = try refusal { try Rules.transfer(transfer(.available, .damaged), of: shelf, in: context()) }
    #expect(refused.code == "stock_out_of_range")
  }
}
