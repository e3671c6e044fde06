public import HubContracts
public import Orders

/// What a tenant has set. What it has not, the process's own settings say.
///
/// It is read leniently: what a later version of the hub wrote and this one does not know is kept, and means nothing here.
public struct TenantSettings: Sendable, Equatable {
  /// Whose.
  public let tenant: TenantID
  /// Which version of them; 0 if nobody has set any.
  public let version: Int64
  /// Which writing of them; 0 if nobody has set any.
  public let revision: Int64
  /// When they were changed last; nil if never.
  public let updatedAt: Timestamp?
  /// Who did.
  public let updatedBy: UserID?
  /// All members as one object; where a secret belongs stands `{"set":true,"setAt":…}`.
  public let members: JSON
  /// The secrets, sealed.
  public let secrets: [TenantSecret]

  /// The IANA name of the time zone; it may be one that this machine does not know.
  public let timeZone: Text?
  /// The currency; nil too if this version knows none of that code.
  public let currency: Currency?
  /// The workflow of orders that name none.
  public let defaultWorkflow: WorkflowName?

  /// Nothing is set.
  public init(noneOf tenant: TenantID) {
    self.init(tenant, version: 0, revision: 0, at: nil, by: nil, members: .object([]), secrets: [])
  }

  /// Reads a record; it throws if its settings are no JSON object, which no hub writes.
  public init(_ record: TenantRecord) throws(JSONProblem) {
    let members = try JSONParser.parse(record.settings)
    guard case .object = members else { throw JSONProblem("the settings are no object", offset: 0) }
    self.init(
      record.tenant, version: record.version, revision: record.revision, at: record.updatedAt, by: record.updatedBy,
      members: members, secrets: record.secrets)
  }

  private init(
    _ tenant: TenantID, version: Int64, revision: Int64, at: Timestamp?, by: UserID?, members: JSON,
    secrets: [TenantSecret]
  ) {
    self.tenant = tenant
    self.version = version
    self.revision = revision
    updatedAt = at
    updatedBy = by
    self.members = members
    self.secrets = secrets
    timeZone = members["timeZone"]?.ownText
    currency = members["currency"]?.ownText.flatMap { Currency($0) }.flatMap { $0.decimals == nil ? nil : $0 }
    defaultWorkflow = members["defaultWorkflow"]?.ownText.map(WorkflowName.init(rawValue:))
  }

  /// The value at a path, `store.name`; nil if it is not set.
  public subscript(path: Text) -> JSON? {
    var value = members
    for name in path.split(on: UInt8(ascii: ".")) {
      guard let next = value[name] else { return nil }
      value = next
    }
    return value
  }

  /// The text at a path; nil if none is set.
  public func text(at path: Text) -> Text? { self[path]?.ownText }

  /// The flag at a path; nil if none is set.
  public func flag(at path: Text) -> Bool? { if case .bool(let flag)? = self[path] { flag } else { nil } }

  /// The whole number at a path; nil if none is set.
  public func whole(at path: Text) -> Int64? { self[path]?.whole }

  /// The secret at a path as it is sealed, `carriers.generic.secret`; nil if none is set.
  public func secret(at path: Text) -> SealedSecret? { secrets.first { $0.path == path }?.sealed }
}

extension JSON {
  fileprivate var ownText: Text? { if case .string(let text) = self { text } else { nil } }
}
