import Orders

/// What a process is for, and so what its user must be allowed to do in the hub's database.
public enum MongoUse: Sendable {
  /// Everything: the api, the worker and the tools.
  case everything
  /// It looks for tokens that were ended and for whose an order is, and writes nothing: the live side.
  case looking
}

/// What the hub does in its database, and whether a user may.
enum MongoRights {
  /// What it does in every collection.
  static let actions = [
    "find", "insert", "update", "remove", "createCollection", "createIndex", "collMod", "listIndexes",
  ]
  /// What it does in the database as a whole.
  static let databaseActions = ["listCollections"]

  /// One row of what a user may do.
  struct Privilege: Sendable, Equatable {
    /// The database; empty for any. Nil for rights that are not about one.
    var database: String?
    /// The collection; empty for any.
    var collection = ""
    /// Everything at all.
    var isAny = false
    var actions: Set<String>

    func covers(_ action: String, _ database: String, _ collection: String?) -> Bool {
      guard actions.contains(action) else { return false }
      if isAny { return true }
      guard let ours = self.database, ours.isEmpty || ours == database else { return false }
      return self.collection.isEmpty || self.collection == collection
    }
  }

  /// What these do not allow of what a process does: `update on orders`.
  static func lacking(_ privileges: [Privilege], database: String, for use: MongoUse) -> [String] {
    switch use {
    case .everything:
      lacking(privileges, database: database, collections: Collection.allCases.map(\.rawValue))
    case .looking:
      lacking(
        privileges, database: database, collections: [Collection.users, .orders].map(\.rawValue), actions: ["find"],
        databaseActions: [])
    }
  }

  /// What these do not allow: `update on orders`.
  static func lacking(
    _ privileges: [Privilege], database: String, collections: [String], actions: [String] = MongoRights.actions,
    databaseActions: [String] = MongoRights.databaseActions
  ) -> [String] {
    func has(_ action: String, _ collection: String?) -> Bool {
      privileges.contains { $0.covers(action, database, collection) }
    }
    return databaseActions.filter { !has($0, nil) }
      + actions.flatMap { action in
        let missing = collections.filter { !has(action, $0) }
        return missing.count == collections.count ? [action] : missing.map { "\(action) on \($0)" }
      }
  }

  /// Reads the rows of `connectionStatus` with `showPrivileges`.
  static func read(_ info: inout BSONReader) throws(BSONError) -> [Privilege] {
    try info.documents("authenticatedUserPrivileges") { row throws(BSONError) in
      var resource = try row.document("resource")
      var actions: Set<String> = []
      var list = try row.document("actions")
      while let value = try list.nextValue() { if let text = value.text { actions.insert(text.string) } }
      return Privilege(
        database: try resource.optionalString("db")?.string,
        collection: try resource.optionalString("collection")?.string ?? "",
        isAny: try resource.find("anyResource") != nil, actions: actions)
    }
  }
}
