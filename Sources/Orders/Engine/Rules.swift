/// The decisions of the house that are no steps of an order by its workflow's table: on the catalogue and on stock moved by
/// hand; and its limits. Each takes what is and what is wanted, and gives what is to be written, or refuses. Nothing here
/// reads a clock, makes a number or touches a store.
public enum Rules {
  /// The most items an order may have, and lines a delivery.
  public static let itemLimit = 500
}
