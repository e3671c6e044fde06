public import HubContracts
import HubRuntime
import HubWire
public import Orders

/// The workflows that there are in a process: those that every tenant has, and tenants' own, as they were last read.
///
/// It is looked up in memory. A process reads each second what was written since, and what it writes itself it knows at
/// once; until then an order of a definition that it has not seen is refused with 409 `workflow_unknown`, and not moved by
/// another.
public final class WorkflowShelf: WorkflowBook {
  /// How often a process looks.
  public static let pause = Duration.seconds(1)

  private struct Own {
    /// Each name's versions: the place in the list is the version less one.
    var versions: [WorkflowName: [Int64: Workflow]] = [:]
    /// All that a tenant has, its own in their newest versions, removed ones aside.
    var current: Workflows
    var newest: [WorkflowName: Int64] = [:]
    var removed: Set<WorkflowName> = []
  }

  private struct State {
    var tenants: [TenantID: Own] = [:]
    var revision: Int64 = 0
  }

  /// Those that every tenant has.
  public let common: Workflows
  private let state = Locked(State())
  private let log: Log

  /// Holds the common ones, and has not looked yet.
  public init(common: Workflows, log: Log) {
    self.common = common
    self.log = log
  }

  /// All that a tenant has.
  public func workflows(of tenant: TenantID) -> Workflows { state.with { $0.tenants[tenant]?.current ?? common } }

  /// A tenant's workflow of this name in a version of its definition; nil: in the newest, or the common one.
  public func workflow(_ name: WorkflowName, version: Int64?, of tenant: TenantID) -> Workflow? {
    guard let version else { return workflows(of: tenant)[name] }
    return state.with { $0.tenants[tenant]?.versions[name]?[version] }
  }

  /// Reads what was written since the last look, in pages until there is no more.
  public func look(at store: any WorkflowStore) async throws {
    while true {
      let page = try await store.workflows(after: state.with { $0.revision })
      for kept in page { note(kept) }
      if page.count < KeptWorkflow.pageLimit { return }
    }
  }

  /// Takes what was written up. What it knows already changes nothing; what comes before something that it has not seen
  /// yet is taken by itself, and the look goes on from where it was.
  public func take(_ kept: KeptWorkflow) {
    state.with { place(kept, in: &$0) }
  }

  private func note(_ kept: KeptWorkflow) {
    state.with { state in
      state.revision = max(state.revision, kept.revision)
      place(kept, in: &state)
    }
  }

  private func place(_ kept: KeptWorkflow, in state: inout State) {
    var own = state.tenants[kept.tenant] ?? Own(current: common)
    guard own.versions[kept.name]?[kept.version] == nil else { return }
    do {
      let document = WorkflowDocument(try JSONParser.parse(kept.definition))
      guard document.problems.isEmpty else { throw Unreadable(problem: document.problems[0].message) }
      var definition = document.definition
      definition.name = kept.name
      own.versions[kept.name, default: [:]][kept.version] = try Workflow(definition, version: kept.version)
    } catch {
      // One of a newer version of the hub, perhaps. Its orders are left alone.
      log.error(
        "a tenant's workflow cannot be read",
        [("tenant", kept.tenant.text), ("workflow", kept.name.rawValue.start(64)), ("cause", "\(error)")])
      return
    }
    if kept.version > own.newest[kept.name] ?? 0 {
      own.newest[kept.name] = kept.version
      if kept.isRemoved { own.removed.insert(kept.name) } else { own.removed.remove(kept.name) }
    }
    let newest = own.newest.filter { !own.removed.contains($0.key) }
      .sorted { $0.key.rawValue < $1.key.rawValue }
    own.current = common.adding(newest.compactMap { own.versions[$0.key]?[$0.value] })
    state.tenants[kept.tenant] = own
  }

  private struct Unreadable: Error {
    let problem: String
  }
}
