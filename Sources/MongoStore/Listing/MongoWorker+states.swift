import HubContracts
import Orders

extension MongoWorker {
  /// The query with all states in its `states` that orders of its tenant are in. They are looked up, so that orders of a
  /// workflow that this process does not know are listed too.
  ///
  /// The states of workflows that have orders stay in it, whether or not an order is in them: one may come into them before
  /// the list is read. What has no order now may have one then, but one that was made since the list began.
  func resolved(_ query: OrderQuery) throws -> OrderQuery {
    guard query.namesStates || query.paymentStatus != nil else { return query }
    var states = try states(of: query.tenant)
    let workflows = Set(states.map(\.workflow))
    var seen = Set(states)
    states += query.states.filter { workflows.contains($0.workflow) && seen.insert($0).inserted }
    var query = query
    query.states = states
    return query
  }

  /// The states that a tenant's orders are in; a step of the index each.
  func states(of tenant: TenantID) throws -> [Standing] {
    try aggregate(
      .orders, hint: Indexes.state, stages: { Self.writeStates(of: tenant, to: &$0) },
      { row throws(BSONError) in Standing(word: try row.string("_id")) })
  }

  static func writeStates(of tenant: TenantID, to pipeline: inout Aggregation) {
    pipeline.stage("$match") { $0.tenant("tenantId", tenant) }
    pipeline.stage("$group") { $0.string("_id", "$status" as StaticString) }
  }
}
