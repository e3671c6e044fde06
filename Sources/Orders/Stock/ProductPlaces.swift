/// The places of products in a list, in order of first appearance. Few are looked through, many are hashed: hashing
/// three names costs more than the rest of a decision about them.
struct ProductPlaces {
  private static let scanLimit = 16

  private var names: [Text] = []
  private var hashed: [Text: Int] = [:]

  /// Where the product stands; nil if it does not.
  subscript(productID: Text) -> Int? {
    names.count <= Self.scanLimit ? names.firstIndex(of: productID) : hashed[productID]
  }

  /// Puts a product that does not stand yet at the end.
  mutating func append(_ productID: Text) {
    names.append(productID)
    if names.count == Self.scanLimit + 1 {
      for (place, name) in names.enumerated() { hashed[name] = place }
    } else if names.count > Self.scanLimit {
      hashed[productID] = names.count - 1
    }
  }
}
