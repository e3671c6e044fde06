/// Which workflows there are, for whom. Whoever decides, shows or counts orders is handed one.
public protocol WorkflowBook: Sendable {
  /// Those that every tenant has.
  var common: Workflows { get }
  /// All that a tenant has: the common ones, and its own.
  func workflows(of tenant: TenantID) -> Workflows
  /// A tenant's workflow of this name in this version of its definition; nil: in the newest. Nil if there is none.
  func workflow(_ name: WorkflowName, version: Int64?, of tenant: TenantID) -> Workflow?
}

extension WorkflowBook {
  /// The workflow that an order follows: in the version that it began with.
  public func workflow(of order: Order) -> Workflow? {
    workflow(order.workflow, version: order.workflowVersion, of: order.tenantID)
  }
}

/// The same for every tenant, each in one version.
extension Workflows: WorkflowBook {
  /// All of them.
  public var common: Workflows { self }
  /// All of them, whoever it is.
  public func workflows(of tenant: TenantID) -> Workflows { self }
  /// The one of this name, whoever it is and whatever the version.
  public func workflow(_ name: WorkflowName, version: Int64?, of tenant: TenantID) -> Workflow? { self[name] }
}
