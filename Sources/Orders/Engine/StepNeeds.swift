/// What must be read before a step, beside its order.
public struct StepNeeds: Sendable, Equatable {
  /// This delivery of the order, and its invoice.
  public var delivery: DeliveryID?
  /// This invoice of the order.
  public var invoice: InvoiceID?
  /// All deliveries of the order.
  public var allDeliveries = false
  /// The catalogue's products that the order moved stock of.
  public var stock = false
  /// The catalogue's products of all its items, also of those whose stock does not follow it.
  public var itemProducts = false
  /// Further products of the catalogue, by their names.
  public var products: [Text] = []
  /// What the order holds of their stock, as far as steps of its workflow moved it.
  public var holdings = false
  /// All parts of the order, if its workflow knows any.
  public var parts = false
  /// The next invoice number.
  public var invoiceNumber = false
  /// The next credit note's number.
  public var creditNumber = false
  /// All invoices of the order, if it awaits rounding.
  public var dues = false
  /// Nothing further.
  public init() {}

  /// All that the effects and conditions of a table may read.
  public static let table: StepNeeds = {
    var needs = StepNeeds()
    needs.stock = true
    needs.holdings = true
    needs.parts = true
    return needs
  }()
}
