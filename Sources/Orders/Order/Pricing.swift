/// A draft's items with prices, discounts and taxes, and their sums.
struct Pricing {
  private(set) var items: [OrderItem] = []
  private(set) var sum = ItemAmounts.zero
  /// The discounts as they were given, in what can be paid; nil if there are none.
  private(set) var discounts: OrderDiscounts?
  private let allocation: Allocation

  /// Items, then the order's discount over them, then tax, each rounded to what can be paid in the currency, or cut as
  /// `allocation` says. `path` says where an item of the draft stands in the request. What is wrong goes to `problems`; then
  /// the rest is meaningless.
  init(
    _ draft: OrderDraft, products: [Text: Product], tracks: Bool, ids: any IdentitySource,
    allocation: Allocation? = nil, path: (Int) -> String = { "items[\($0)]" }, problems: inout FieldProblems
  ) {
    self.allocation = allocation ?? Allocation(decimals: draft.currency.decimals)
    items.reserveCapacity(draft.items.count)
    for (index, item) in draft.items.prefix(Rules.itemLimit).enumerated() {
      let product = products[item.productID].flatMap { $0.active ? $0 : nil }
      append(item, at: path(index), product: product, tracks: tracks, ids: ids, problems: &problems)
    }
    guard problems.list.isEmpty else { return }
    spread(draft.discount, problems: &problems)
    guard problems.list.isEmpty else { return }
    tax(path, problems: &problems)
  }

  private mutating func append(
    _ draft: ItemDraft, at path: @autoclosure () -> String, product: Product?, tracks: Bool, ids: any IdentitySource,
    problems: inout FieldProblems
  ) {
    let before = problems.list.count
    problems.check(draft.productID, .productID, at: "\(path()).productId")
    problems.check(draft.name, .name, at: "\(path()).name")
    problems.checkPositive(draft.quantity, at: "\(path()).quantity")
    problems.check(draft.discount, at: "\(path()).discount")
    if let rate = draft.taxRate { problems.check(rate, at: "\(path()).taxRate") }
    guard let unitPrice = draft.unitPrice ?? product?.unitPrice else {
      problems.add(
        "\(path()).unitPrice",
        "No price is given, and the catalogue has no active product \(draft.productID.start(64)) to take one from.")
      return
    }
    problems.check(unitPrice, at: "\(path()).unitPrice")
    guard problems.list.count == before, problems.list.count < FieldProblems.limit else { return }
    guard
      let cost = allocation.product(unitPrice.units, times: draft.quantity.millionths, per: Quantity.scale),
      cost <= Money.sumLimit.units
    else {
      problems.add("\(path()).quantity", "unitPrice × quantity is above \(Money.sumLimit.decimal).")
      return
    }
    if draft.discount.units > cost {
      problems.add(
        "\(path()).discount",
        "\(draft.discount.decimal) is more than the item costs: \(Money(units: cost).decimal).")
    }
    items.append(
      OrderItem(
        id: ids.next(OrderItem.self), productID: product?.productID ?? draft.productID,
        name: draft.name ?? product?.name ?? draft.productID, unitPrice: unitPrice, quantity: draft.quantity,
        subtotal: Money(units: cost), discount: Money(units: allocation.rounded(draft.discount.units) ?? 0),
        taxRate: draft.taxRate ?? product?.taxRate ?? .zero, tax: .zero, tracked: tracks && product != nil,
        allocation: allocation))
  }

  /// Gives each item its part of the order's discount, in proportion to what it costs after its own. The parts are
  /// the steps of one running share, so they sum to the discount exactly, and none exceeds what its item costs.
  private mutating func spread(_ discount: Money, problems: inout FieldProblems) {
    var subtotal: Int128 = 0
    var net: Int128 = 0
    for item in items {
      subtotal += Int128(item.subtotal.units)
      net += Int128(item.subtotal.units - item.discount.units)
    }
    guard subtotal <= Int128(Money.sumLimit.units) else {
      problems.add("items", "The items cost more than \(Money.sumLimit.decimal) together.")
      return
    }
    guard Int128(discount.units) <= net else {
      let most = Money(units: Int64(truncatingIfNeeded: net)).decimal
      problems.add("discount", "\(discount.decimal) is more than the items cost after their own discounts: \(most).")
      return
    }
    if discount > .zero || items.contains(where: { $0.discount > .zero }) {
      let own = Money(units: allocation.rounded(discount.units) ?? 0)
      discounts = OrderDiscounts(order: own, items: items.map(\.discount))
    }
    // What costs a whole number of units takes no more off than it costs, rounded up too.
    guard let discount = allocation.rounded(discount.units), discount > 0 else { return }
    var reached: Int64 = 0
    var given: Int64 = 0
    for index in items.indices {
      reached += items[index].subtotal.units - items[index].discount.units
      let share = allocation.share(of: discount, part: reached, base: Int64(truncatingIfNeeded: net)) ?? given
      items[index].discount = Money(units: items[index].discount.units + share - given)
      given = share
    }
  }

  private mutating func tax(_ path: (Int) -> String, problems: inout FieldProblems) {
    for index in items.indices {
      let net = items[index].subtotal.units - items[index].discount.units
      guard let tax = allocation.product(net, times: items[index].taxRate.millionths, per: 1_000_000) else {
        problems.add("\(path(index)).taxRate", "The tax does not fit.")
        return
      }
      items[index].tax = Money(units: tax)
      guard let amounts = items[index].amounts(upTo: items[index].quantity), let next = sum.adding(amounts) else {
        problems.add("items", "The items cost more than \(Money.sumLimit.decimal) together.")
        return
      }
      sum = next
    }
    if sum.total > .sumLimit { problems.add("items", "The order's total is above \(Money.sumLimit.decimal).") }
  }
}
