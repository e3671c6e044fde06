public import HubContracts
public import Orders

extension MongoStore {
  /// A tenant's deliveries; see `DeliveryQuery`.
  public func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery] {
    let limit = try Self.page(query.limit)
    return try await read { worker in
      var found: [Delivery] = []
      // First what is left of the day that the last page ended in, then the days before it: each is one range.
      if let place = query.after {
        found = try worker.find(DeliveryFilter(query: query, part: .restOfDay(place)).page(limit), Delivery.read)
      }
      if found.count < limit, query.after == nil || !query.isOneDay {
        found += try worker.find(DeliveryFilter(query: query, part: .days).page(limit - found.count), Delivery.read)
      }
      return found
    }
  }
}

/// A list of deliveries along its index: in each status, and merged, they come by day and id.
struct DeliveryFilter {
  enum Part {
    /// Of the day of this place, what follows it.
    case restOfDay(DeliveryPlace)
    /// All days, or those before the place.
    case days
  }
  let query: DeliveryQuery
  let part: Part

  func page(_ limit: Int) -> Find {
    Find(
      .deliveries, limit: limit,
      options: {
        $0.document("sort") {
          // The server would not see that the ranges of one day are sorted by it too.
          if !isOneDay { $0.int32("day", -1) }
          $0.int32("_id", -1)
        }
        $0.string("hint", Indexes.deliveryDay)
      }, filter: write)
  }

  private var isOneDay: Bool {
    switch part {
    case .restOfDay: true
    case .days: query.isOneDay
    }
  }

  private func write(to writer: inout BSONWriter) {
    writer.tenant("tenantId", query.tenant)
    // All of them, where none is named, so that each is a range of its own.
    let statuses = query.statuses.isEmpty ? DeliveryStatus.allCases : query.statuses
    writer.document("status") { $0.strings("$in", statuses.map(\.rawValue)) }
    switch part {
    case .restOfDay(let place):
      writeDay(to: &writer) { $0.string("$eq", place.day) }
      writer.document("_id") { $0.identifier("$lt", place.id) }
    case .days:
      writeDay(to: &writer) { writer in if let place = query.after { writer.string("$lt", place.day) } }
    }
  }

  private func writeDay(to writer: inout BSONWriter, _ further: (inout BSONWriter) -> Void) {
    writer.document("day") {
      $0.string("$gte", query.from ?? "")
      if let through = query.through { $0.string("$lte", through) }
      further(&$0)
    }
  }
}

extension DeliveryQuery {
  /// Whether all of it is of one day.
  var isOneDay: Bool {
    guard let from, let through else { return false }
    return Text(from) == Text(through)
  }
}
