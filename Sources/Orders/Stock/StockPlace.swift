/// Where goods are that the house has.
public enum StockPlace: String, Sendable, CaseIterable {
  /// Can be sold: `Product.onHand`, which falls below zero where more was promised than there was.
  case available
  /// Set aside for orders.
  case reserved
  /// Waits for a check.
  case onHold = "on_hold"
  /// Broken.
  case damaged

  /// Those between which people move goods; what is reserved only orders move.
  public static let movable: [StockPlace] = [.available, .onHold, .damaged]

  /// As people say it: `2 that are on hold`.
  var phrase: String {
    switch self {
    case .available: "on hand"
    case .reserved: "reserved"
    case .onHold: "on hold"
    case .damaged: "damaged"
    }
  }
}

/// What has a quantity for each place: a product's sums, a row that moves them, or what the rows come to.
public protocol StockSums {
  /// Of what can be sold.
  var onHand: Quantity { get set }
  /// Of what is set aside.
  var reserved: Quantity { get set }
  /// Of what waits for a check.
  var onHold: Quantity { get set }
  /// Of what is broken.
  var damaged: Quantity { get set }
}

extension StockSums {
  /// The quantity of a place.
  public subscript(place: StockPlace) -> Quantity {
    get {
      switch place {
      case .available: onHand
      case .reserved: reserved
      case .onHold: onHold
      case .damaged: damaged
      }
    }
    set {
      switch place {
      case .available: onHand = newValue
      case .reserved: reserved = newValue
      case .onHold: onHold = newValue
      case .damaged: damaged = newValue
      }
    }
  }
}
