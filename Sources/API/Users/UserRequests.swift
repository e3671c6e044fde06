import HubContracts
import HubWire
import Orders

/// `POST /api/users`: `{"user","role","name"?,"password"?}`
struct NewUserRequest {
  let user: UserID
  let role: Role
  let name: Text?
  /// Nil if it is set later.
  let password: String?

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let text = fields.requiredExactString("user", &problems)
    let user = UserID(text)
    if user?.fitsAddress != true { problems.add("user", "\(UserID.allowed), were expected") }
    let role = fields.role(&problems)
    if fields.isAbsent("role") { problems.add("role", "is required") }
    name = fields.displayName(&problems).flatMap { $0.isEmpty ? nil : $0 }
    password = fields.password("password", &problems)
    fields.finish(&problems)
    try problems.refuse()
    guard let user, let role else { preconditionFailure("a problem was added and not thrown") }
    self.user = user
    self.role = role
  }
}

/// `PATCH /api/users/:id`: `{"role"?,"disabled"?,"name"?}`
struct UserChangeRequest {
  let role: Role?
  let isDisabled: Bool?
  /// Empty for none.
  let name: Text?

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    role = fields.role(&problems)
    isDisabled = fields.bool("disabled", &problems)
    name = fields.displayName(&problems)
    fields.finish(&problems)
    if role == nil, isDisabled == nil, name == nil {
      problems.add("body", "at least one of role, disabled, name is required")
    }
    try problems.refuse()
  }
}

/// `PUT /api/users/:id/password`: `{"password"}`, and `PUT /api/me/password`: `{"oldPassword","password"}`
struct PasswordRequest {
  let password: String
  /// What it replaces; empty where that is not asked for.
  let oldPassword: Text

  init(_ json: JSON, asksForOld: Bool) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    oldPassword = asksForOld ? fields.requiredExactString("oldPassword", &problems) : ""
    if oldPassword.utf8.count > PasswordRule.bytes.upperBound {
      problems.add("oldPassword", "at most \(PasswordRule.bytes.upperBound) bytes are allowed")
    }
    let password = fields.password("password", &problems)
    if fields.isAbsent("password") { problems.add("password", "is required") }
    fields.finish(&problems)
    try problems.refuse()
    guard let password else { preconditionFailure("a problem was added and not thrown") }
    self.password = password
  }
}

/// What `GET /api/users` asks for.
struct UserListRequest {
  /// The words of `status`.
  static let states = ["active", "disabled"]

  let query: UserQuery

  init(_ pairs: [(name: Text, value: Text)], tenant: TenantID) throws(Refusal) {
    var problems = FieldProblems()
    var values = QueryValues(pairs, known: ["role", "status", "cursor", "limit"], &problems)
    var query = UserQuery(tenant: tenant, limit: values.integer("limit", 1...100, &problems) ?? 20)
    query.role = values.choice("role", Role.allCases.map(\.rawValue), &problems).flatMap { Role(Text($0)) }
    query.isDisabled = values.choice("status", Self.states, &problems).map { Text($0) == "disabled" }
    if let text = values.take("cursor") {
      query.after = UserID(text)
      if query.after == nil { problems.add("cursor", "is not one that a page gave as nextCursor") }
    }
    try problems.refuse()
    self.query = query
  }
}

extension JSONFields {
  fileprivate mutating func role(_ problems: inout FieldProblems) -> Role? {
    guard let word = exactString("role", &problems) else { return nil }
    if let role = Role(word) { return role }
    let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
    problems.add("role", "\"\(word.start(40))\" is not known; known are \(known)")
    return nil
  }

  /// By the rule of the names of customers, but that it may be empty.
  fileprivate mutating func displayName(_ problems: inout FieldProblems) -> Text? {
    guard let name = string("name", &problems) else { return nil }
    if !name.isEmpty, let problem = name.defectOfName { problems.add("name", problem) }
    return name
  }

  fileprivate mutating func password(_ name: Text, _ problems: inout FieldProblems) -> String? {
    guard let password = exactString(name, &problems) else { return nil }
    let bytes = PasswordRule.bytes
    if !bytes.contains(password.utf8.count) {
      problems.add(
        name.string, "has \(password.utf8.count) bytes; \(bytes.lowerBound) to \(bytes.upperBound) are allowed")
    }
    return password.string
  }
}
