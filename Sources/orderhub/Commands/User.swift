import Credentials
import HubContracts
import HubRuntime
import MongoStore
import Orders

extension Subcommand {
  static let user = Subcommand(
    name: "user", summary: "add a user, set a password, or list users",
    usage: "add|passwd|list --tenant T [--user U] [--role ROLE]",
    options: [
      Option(name: "tenant", value: "T", summary: "1 to 64 letters, digits, - or _"),
      Option(
        name: "user", value: "U",
        summary: "1 to 128 printable ASCII characters, no spaces; . and .. are not added (add, passwd)"),
      Option(
        name: "role", value: "ROLE", summary: Role.allCases.map(\.rawValue).joined(separator: ", ") + " (add)"),
    ], words: ["add", "passwd", "list"],
    notes: """
      The password is asked for twice on a terminal, and not shown; otherwise it is read as one line from the standard
      input. It has 8 to 1024 bytes.
      A new password ends all sessions of the user.
      """
  ) { arguments in
    do throws(UsageError) {
      let task = try UserTask(arguments)
      return await withStore { store in
        switch task {
        case .add(let actor): try await add(actor, store)
        case .setPassword(let tenant, let name): try await setPassword(of: name, tenant, store)
        case .list(let tenant): try await list(tenant, store)
        }
      }
    } catch {
      printError("orderhub user: \(error.message)")
      return Program.Exit.usage
    }
  }

  private static func add(_ actor: Actor, _ store: MongoStore) async throws -> Int32 {
    guard let password = PasswordPrompt.read() else { return Program.Exit.usage }
    let user = User(
      tenant: actor.tenant, name: actor.user, role: actor.role,
      passwordHash: try await Argon2Hasher().hash(password), createdAt: SystemClock().now())
    guard try await store.add(user) else {
      printError("the tenant \(user.tenant) has a user \(user.name) already")
      return Program.Exit.failure
    }
    print("added \(user.role.rawValue) \(user.name) of \(user.tenant)")
    return Program.Exit.ok
  }

  private static func setPassword(of name: UserID, _ tenant: TenantID, _ store: MongoStore) async throws -> Int32 {
    guard let password = PasswordPrompt.read() else { return Program.Exit.usage }
    let hash = try await Argon2Hasher().hash(password)
    guard try await store.setPassword(hash, of: name, tenant: tenant, at: SystemClock().now()) else {
      printError("the tenant \(tenant) has no user \(name)")
      return Program.Exit.failure
    }
    print("the password of \(name) of \(tenant) is set, its sessions are ended")
    return Program.Exit.ok
  }

  private static func list(_ tenant: TenantID, _ store: MongoStore) async throws -> Int32 {
    let users = try await store.users(tenant: tenant)
    let width = users.map(\.name.text.count).max() ?? 0
    for user in users {
      print("\(user.name.text.padded(to: width))  \(user.roleWord)\(user.isDisabled ? ", disabled" : "")")
    }
    return Program.Exit.ok
  }
}

/// What `orderhub user` is asked to do, understood before anything is begun.
private enum UserTask {
  case add(Actor)
  case setPassword(TenantID, UserID)
  case list(TenantID)

  init(_ arguments: Arguments) throws(UsageError) {
    if arguments.word == "add" {
      let actor = try arguments.actor()
      guard actor.user.fitsAddress else { throw UsageError(message: "--user \(actor.user) is not \(UserID.allowed)") }
      self = .add(actor)
      return
    }
    let tenant = try arguments.required("tenant", "1 to 64 letters, digits, - or _") { TenantID($0) }
    guard arguments.word == "passwd" else {
      self = .list(tenant)
      return
    }
    let name = try arguments.required("user", "1 to 128 printable ASCII characters, no spaces") { UserID($0) }
    self = .setPassword(tenant, name)
  }
}
