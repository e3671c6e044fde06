extension Rules {
  /// Puts a product into the catalogue; its stock is zero until a receipt.
  public static func createProduct(_ draft: ProductDraft, in context: RuleContext) throws(Refusal) -> Product {
    try admitToCatalogue(context.actor)
    var problems = FieldProblems()
    problems.check(draft.productID, .productID, at: "productId")
    // The id stands in addresses, and ids that differ only in how an accent is written must not meet.
    if !draft.productID.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
      problems.add("productId", "Only printable ASCII is allowed.")
    }
    // Clients resolve such a path segment away before they send it.
    if draft.productID == "." || draft.productID == ".." {
      problems.add("productId", "\(draft.productID) cannot stand in an address.")
    }
    check(name: draft.name, unitPrice: draft.unitPrice, taxRate: draft.taxRate, problems: &problems)
    try problems.refuse()
    return Product(
      tenantID: context.actor.tenant, productID: draft.productID, name: draft.name, unitPrice: draft.unitPrice,
      taxRate: draft.taxRate, active: true, onHand: .zero, damaged: .zero, onHold: .zero, version: 1,
      createdAt: context.now, updatedAt: context.now)
  }

  /// Changes what the catalogue says for orders to come; orders that exist keep what they captured.
  public static func changeProduct(
    _ product: Product, by change: ProductChange, in context: RuleContext
  ) throws(Refusal) -> Product {
    try admitToCatalogue(context.actor)
    try requireOwn(product, context)
    var problems = FieldProblems()
    check(name: change.name, unitPrice: change.unitPrice, taxRate: change.taxRate, problems: &problems)
    try problems.refuse()
    var next = product
    next.name = change.name ?? product.name
    next.unitPrice = change.unitPrice ?? product.unitPrice
    next.taxRate = change.taxRate ?? product.taxRate
    next.active = change.active ?? product.active
    next.version &+= 1
    next.updatedAt = context.now
    return next
  }

  static func requireOwn(_ product: Product, _ context: RuleContext) throws(Refusal) {
    guard product.tenantID == context.actor.tenant else {
      throw .notFound("product_not_found", "There is no such product.")
    }
  }

  static func admitToCatalogue(_ actor: Actor) throws(Refusal) {
    switch actor.role {
    case .admin, .employee, .system: return
    case .customer, .kiosk, .seller:
      throw Refusal(
        kind: .forbidden, code: "forbidden", detail: "The role \(actor.role.rawValue) may not change the catalogue.")
    }
  }

  private static func check(
    name: Text?, unitPrice: Money?, taxRate: TaxRate?, problems: inout FieldProblems
  ) {
    problems.check(name, .name, at: "name")
    if let unitPrice { problems.check(unitPrice, at: "unitPrice") }
    if let taxRate { problems.check(taxRate, at: "taxRate") }
  }
}
