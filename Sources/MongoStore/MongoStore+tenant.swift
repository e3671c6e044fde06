public import HubContracts
public import Orders

/// How many documents a tenant has in one collection.
public struct TenantPart: Sendable, Equatable {
  /// The collection's name in the database.
  public let collection: String
  /// How many there are, or were removed.
  public let count: Int64
}

extension MongoStore {
  /// How many documents one command of a removal takes out, about.
  public static let removalSlice = 5_000
  /// How many orders are taken at once: each is a range of its own for its events.
  static let removalOrders = 200

  /// What a tenant has, collection by collection; those without any are left out. It walks all its orders.
  public func contents(of tenant: TenantID) async throws(StoreError) -> [TenantPart] {
    var sums = TenantSums()
    for place in TenantPlace.all(of: tenant) {
      sums.add(
        place.collection,
        try await read(with: .long) { worker in
          try worker.count(
            place.collection, hint: place.hint, limit: 0, query: place.filter)
        })
    }
    var last: String?
    while true {
      let (after, slice) = (last, Self.removalSlice)
      let orders = try await read(with: .long) { worker in try worker.orderHeads(of: tenant, after: after, slice: slice)
      }
      guard let end = orders.last else { return sums.parts }
      last = end.number
      sums.add(.orders, Int64(orders.count))
      let (entries, events) = try await read(with: .long) { worker in
        let (entries, events) = (OrderHead.entries(of: orders), OrderHead.events(of: orders))
        return (
          try worker.count(.outbox, hint: Indexes.outboxOrder, limit: 0, query: entries),
          try worker.count(
            .events, hint: TenantPlace.identity, limit: 0, query: events)
        )
      }
      sums.add(.outbox, entries)
      sums.add(.events, events)
    }
  }

  /// Removes all documents of a tenant, in slices of about so many; what was removed. An order goes after its events,
  /// and the numbers go last: a removal that broke off is ended by another one. The tenant's clients must be idle:
  /// what they write meanwhile may stay. `progress` is told after each slice how many documents are gone.
  public func remove(
    _ tenant: TenantID, slice: Int = removalSlice, progress: (Int64) -> Void = { _ in }
  ) async throws(StoreError) -> [TenantPart] {
    guard (1...Self.removalSlice).contains(slice) else {
      throw .broken("slices of \(slice); 1 to \(Self.removalSlice) are allowed")
    }
    var sums = TenantSums()
    let places = TenantPlace.all(of: tenant)
    for place in places where !place.outlivesOrders {
      try await remove(place, slice, &sums, progress)
    }
    while true {
      let removed = try await write(with: .long) { worker in
        let orders = try worker.orderHeads(of: tenant, after: nil, slice: slice)
        return orders.isEmpty ? [] : try worker.remove(orders)
      }
      if removed.isEmpty { break }
      for (collection, count) in removed { sums.add(collection, count) }
      progress(sums.total)
    }
    for place in places where place.outlivesOrders {
      try await remove(place, slice, &sums, progress)
    }
    return sums.parts
  }

  private func remove(
    _ place: TenantPlace, _ slice: Int, _ sums: inout TenantSums, _ progress: (Int64) -> Void
  ) async throws(StoreError) {
    while true {
      let removed = try await write(with: .long) { worker in try worker.remove(place, limit: slice) }
      if removed == 0 { return }
      sums.add(place.collection, removed)
      progress(sums.total)
    }
  }
}

/// What was counted, by collection.
private struct TenantSums {
  private var counts: [Collection: Int64] = [:]

  mutating func add(_ collection: Collection, _ count: Int64) { counts[collection, default: 0] += count }

  var total: Int64 { counts.values.reduce(0, +) }

  var parts: [TenantPart] {
    Collection.allCases.compactMap { collection in
      guard let count = counts[collection], count > 0 else { return nil }
      return TenantPart(collection: collection.rawValue, count: count)
    }
  }
}
