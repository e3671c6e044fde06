import Orders

/// A product as it is stored. A version that knows no reservations replaces it by one without `reserved`; what is reserved
/// stands in the ledger all the same.
struct StoredProduct {
  var product: Product
  /// Whether such a version wrote it last.
  let lacksReserved: Bool

  static func read(_ reader: inout BSONReader) throws(BSONError) -> StoredProduct {
    let product = try Product.read(&reader)
    return StoredProduct(product: product, lacksReserved: try reader.find("reserved") == nil)
  }
}

extension MongoWorker {
  /// The products that it finds, each with what is reserved of it.
  ///
  /// Where a product does not say it, the ledger does. It is read after the product, so that it has at least all that the
  /// product's version has; whoever writes the product is guarded by that version, and writes what was found with it.
  func products(_ find: Find, inTransaction: Bool = false) throws -> [Product] {
    var found = try self.find(find, StoredProduct.read)
    let lacking = found.filter(\.lacksReserved).map(\.product)
    for (tenant, products) in Dictionary(grouping: lacking, by: \.tenantID) {
      let sums = try reserved(of: products.map(\.productID), tenant: tenant, inTransaction)
      for index in found.indices where found[index].lacksReserved && found[index].product.tenantID == tenant {
        found[index].product.reserved = sums[found[index].product.productID] ?? .zero
      }
    }
    return found.map(\.product)
  }

  /// What the ledger has reserved of products; those of which no order ever had any are left out.
  private func reserved(of products: [Text], tenant: TenantID, _ inTransaction: Bool) throws -> [Text: Quantity] {
    let sums = try aggregate(
      .ledger, hint: Indexes.ledgerProductOrder, inTransaction: inTransaction,
      stages: {
        $0.stage("$match") {
          $0.tenant("tenantId", tenant)
          $0.document("productId") { $0.strings("$in", products) }
          $0.document("seq") { $0.bool("$exists", true) }
        }
        $0.stage("$group") {
          $0.string("_id", "$productId" as StaticString)
          $0.sum("reserved")
        }
      },
      { row throws(BSONError) in (try row.string("_id") as Text, Quantity(millionths: try row.sum("reserved"))) })
    return Dictionary(sums) { first, _ in first }
  }
}
