import HubContracts
public import Orders

/// What a tenant's settings are held against that the table alone does not know.
public struct TenantRules: Sendable {
  /// Whether there is a time zone of this name.
  public let isTimeZone: @Sendable (Text) -> Bool
  /// The workflows that there are.
  public let workflows: [WorkflowName]
  /// Names the rules.
  public init(isTimeZone: @escaping @Sendable (Text) -> Bool, workflows: [WorkflowName]) {
    self.isTimeZone = isTimeZone
    self.workflows = workflows
  }
}

/// A change of a tenant's settings by RFC 7396: what is named is set, `null` takes away, what is not named stays, a list is
/// replaced as a whole. All that is wrong is said at once, by field; a message never shows a secret.
public struct TenantPatch: Sendable {
  /// The settings afterwards; an object without members is not kept.
  public let merged: JSON
  /// The paths of the members that are others now, in the order that they were sent in.
  public let changed: [Text]
  /// The secrets that are set, and not yet sealed.
  public let newSecrets: [(path: Text, secret: Text)]
  /// The paths of secrets that are gone.
  public let goneSecrets: [Text]

  /// Merges a patch into settings; it throws what is wrong with it, of the kind `invalid`.
  public init(_ patch: JSON, to settings: TenantSettings, by rules: TenantRules, at now: Timestamp) throws(Refusal) {
    var merge = TenantMerge(rules: rules, now: now)
    let merged = merge.group(patch, into: settings.members, TenantMembers.all, at: "") ?? .object([])
    try merge.problems.refuse()
    let kept = settings.secrets.count { secret in
      !merge.gone.contains(secret.path) && !merge.secrets.contains { $0.path == secret.path }
    }
    let (bytes, secrets) = (merged.encoded.count, kept + merge.secrets.count)
    if bytes > TenantRecord.limitBytes {
      merge.problems.add(
        "body", "the settings would have \(bytes) bytes; at most \(TenantRecord.limitBytes) are allowed")
    }
    if secrets > TenantRecord.secretsLimit {
      merge.problems.add(
        "body", "there would be \(secrets) secrets; at most \(TenantRecord.secretsLimit) are allowed")
    }
    try merge.problems.refuse()
    self.merged = merged
    changed = merge.changed
    newSecrets = merge.secrets
    goneSecrets = merge.gone
  }
}
