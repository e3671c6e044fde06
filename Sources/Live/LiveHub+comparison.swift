import HubContracts
import HubRuntime
import Orders

/// A bus may be connected and hear nothing: what others publish goes to another server, or was lost on the way. So what it
/// has brought is compared with the tenants' streams now and then, and what is missing is read from there.
extension LiveHub {
  /// Compares for as long as the hub runs.
  func keepComparing() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(options.comparisonMs))
      if Task.isCancelled { return }
      await compareWithStreams()
    }
  }

  /// Looks at every tenant that is listened to, once. What is newer in its stream than what its members were given may be
  /// on its way: it is missed if it has not come a moment later.
  func compareWithStreams() async {
    let tenants = feeds.tenants
    guard !tenants.isEmpty, let heads = await reader.heads(of: tenants) else { return }
    let ahead = zip(tenants, heads).compactMap { tenant, head in
      head.flatMap { feeds.lags(tenant, behind: $0) ? (tenant, $0) : nil }
    }
    if ahead.isEmpty { return }
    try? await Task.sleep(for: .milliseconds(options.comparisonPatienceMs))
    let missing = ahead.filter { feeds.lags($0.0, behind: $0.1) }.map(\.0)
    if missing.isEmpty { return }
    metrics.eventsMissed.add(missing.count)
    log.warning("the bus has missed events, which are read from the streams", [("tenants", "\(missing.count)")])
    // As when the bus has just come back: what comes is held, what was missed goes out first, or a resync does.
    for tenant in missing { subscribed(tenant) }
  }
}
