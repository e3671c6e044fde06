import HubWire
import Orders

struct LoginRequest {
  let tenant: TenantID
  let user: UserID
  let password: Text
  /// What the last log-in of this user on this device gave; nil if there was none.
  let deviceToken: Text?

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let tenant = TenantID(fields.requiredExactString("tenant", &problems))
    let user = UserID(fields.requiredExactString("user", &problems))
    password = fields.requiredExactString("password", &problems)
    deviceToken = fields.exactString("deviceToken", &problems)
    if tenant == nil { problems.add("tenant", "1 to 64 letters, digits, - or _ were expected") }
    if user == nil { problems.add("user", "1 to 128 printable ASCII characters without spaces were expected") }
    if password.utf8.count > 1_024 { problems.add("password", "at most 1024 bytes are allowed") }
    if (deviceToken ?? "").utf8.count > DeviceToken.limitBytes {
      problems.add("deviceToken", "at most \(DeviceToken.limitBytes) bytes are allowed")
    }
    fields.finish(&problems)
    try problems.refuse()
    guard let tenant, let user else { preconditionFailure("a problem was added and not thrown") }
    self.tenant = tenant
    self.user = user
  }
}

struct RefreshRequest {
  let refreshToken: Text

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    refreshToken = fields.requiredExactString("refreshToken", &problems)
    if refreshToken.utf8.count > 256 { problems.add("refreshToken", "at most 256 bytes are allowed") }
    fields.finish(&problems)
    try problems.refuse()
  }
}
