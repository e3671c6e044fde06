public import HubContracts
import HubWire
public import Orders

extension MongoStore {
  /// A tenant's invoices; see `InvoiceQuery`.
  public func invoices(_ query: InvoiceQuery) async throws(StoreError) -> [Invoice] {
    let limit = try Self.page(query.limit)
    return try await read { worker in try worker.find(InvoiceFilter(query: query).page(limit), Invoice.read) }
  }
}

/// A list of invoices along its index: in each status, and merged, they come by creation.
///
/// The status is kept with an invoice when it is written. One that a process of an older version wrote has none until the
/// worker names it, and is judged by its amounts.
struct InvoiceFilter {
  let query: InvoiceQuery

  func page(_ limit: Int) -> Find {
    Find(
      .invoices, limit: limit,
      options: {
        $0.document("sort") {
          $0.int32("createdAt", -1)
          $0.int32("_id", -1)
        }
        $0.string("hint", Indexes.invoiceStatus)
      }, filter: write)
  }

  private func write(to writer: inout BSONWriter) {
    writer.tenant("tenantId", query.tenant)
    let statuses = query.statuses.isEmpty ? PaymentStatus.allCases : query.statuses
    writer.document("paymentStatus") { $0.strings("$in", statuses.map { Text($0.rawValue) }, orNull: true) }
    writeDates(to: &writer)
    var excluded: [(inout BSONWriter) -> Void] = []
    if let place = query.after {
      // Those of the place's own moment that were seen.
      excluded.append {
        $0.date("createdAt", place.createdAt)
        $0.document("_id") { $0.identifier("$gte", place.id) }
      }
    }
    if !query.statuses.isEmpty {
      excluded.append {
        $0.null("paymentStatus")
        $0.documents("$nor", statuses) { Self.writeAmounts(of: $1, to: &$0) }
      }
    }
    if !excluded.isEmpty { writer.documents("$nor", excluded) { $1(&$0) } }
  }

  private func writeDates(to writer: inout BSONWriter) {
    guard query.from != nil || query.before != nil || query.after != nil else { return }
    writer.document("createdAt") {
      if let from = query.from { $0.date("$gte", from) }
      if let before = query.before { $0.date("$lt", before) }
      if let place = query.after { $0.date("$lte", place.createdAt) }
    }
  }

  /// What an invoice's amounts are in a status: what `Invoice.paymentStatus` says, in the server's words.
  private static func writeAmounts(of status: PaymentStatus, to writer: inout BSONWriter) {
    writer.document("creditNote") { $0.bool("$exists", status == .refunded) }
    switch status {
    case .unpaid, .partiallyPaid:
      writeSettled("$gt", to: &writer)
      writer.documents(status == .unpaid ? "$and" : "$nor", CollectionOfOne(())) { writer, _ in
        writer.money("advanceApplied", .zero)
        writer.money("paid", .zero)
      }
    case .paid: writeSettled("$lte", to: &writer)
    case .refunded: break
    // No invoice is.
    case .partiallyRefunded: writer.null("_id")
    }
  }

  /// What is asked for beside what is there of it. What a sum does not find counts nothing.
  private static func writeSettled(_ comparison: StaticString, to writer: inout BSONWriter) {
    writer.document("$expr") {
      $0.documents(comparison, [["$total", "$rounding"], ["$advanceApplied", "$paid"]]) { $0.strings("$sum", $1) }
    }
  }
}
