import Foundation
import HubContracts
import HubRuntime
import HubWire
import MongoStore
import Orders

extension Subcommand {
  static let workflow = Subcommand(
    name: "workflow", summary: "check a workflow's definition, or add, list, show or remove a tenant's own",
    usage:
      "check FILE | add FILE --tenant T | list --tenant T | show NAME [--tenant T] [--as FORM] | remove NAME --tenant T",
    options: [
      Option(name: "tenant", value: "T", summary: "1 to 64 letters, digits, - or _ (add, list, show, remove)"),
      Option(name: "name", value: "N", summary: "the workflow (show, remove); another name than the file's (add)"),
      Option(name: "as", value: "FORM", summary: "json, svg or mermaid; json if absent (show)"),
      Option(name: "user", value: "U", summary: "who is written down for it; operator if absent (add, remove)"),
    ], words: ["check", "add", "list", "show", "remove"], takesFile: true,
    notes: """
      FILE is JSON as GET /api/workflows/NAME gives it; - is the standard input. Each defect is a line with its place.
      show NAME without --tenant shows one that every tenant has. An SVG picture is for a browser, Mermaid for a page.
      A running hub can use what is added at once.
      """
  ) { arguments in
    do throws(UsageError) {
      let task = try WorkflowTask(arguments)
      switch task {
      case .check(let file): return check(file)
      case .add(let file, let owner):
        guard let definition = definition(in: file, as: owner.name) else { return Program.Exit.failure }
        return await withStore { store in try await add(definition, owner, store) }
      case .list(let tenant): return await withStore { store in try await list(tenant, store) }
      case .show(let name, let form, nil): return show(Workflows.builtIn[name]?.definition, form, name)
      case .show(let name, let form, let tenant?):
        return await withStore { store in try await show(name, form, of: tenant, store) }
      case .remove(let owner): return await withStore { store in try await remove(owner, store) }
      }
    } catch {
      printError("orderhub workflow: \(error.message)")
      return Program.Exit.usage
    }
  }

  private static func check(_ file: String) -> Int32 {
    guard let definition = definition(in: file, as: nil) else { return Program.Exit.failure }
    print(
      "\(file): \(definition.name.rawValue), \(definition.states.count) states, \(definition.rows.count) rows: sound")
    return Program.Exit.ok
  }

  /// The definition of a file, if it is sound; each defect is told.
  private static func definition(in file: String, as name: WorkflowName?) -> WorkflowDefinition? {
    guard let text = WorkflowFile.read(file) else {
      printError("\(file): cannot be read, or has more than \(WorkflowDocument.limitBytes) bytes")
      return nil
    }
    do throws(JSONProblem) {
      let document = WorkflowDocument(try JSONParser.parse(text))
      let places = JSONPlaces(text)
      for problem in document.problems {
        print("\(file):\(places.line(of: problem.path)): \(problem.path): \(problem.message)")
      }
      var definition = document.definition
      if let name { definition.name = name }
      return document.problems.isEmpty ? definition : nil
    } catch {
      let line = 1 + text[..<min(error.offset, text.count)].count { $0 == UInt8(ascii: "\n") }
      print("\(file):\(line): \(error.message)")
      return nil
    }
  }

  private static func add(
    _ definition: WorkflowDefinition, _ owner: WorkflowOwner, _ store: MongoStore
  ) async throws -> Int32 {
    guard Workflows.builtIn[definition.name] == nil else {
      printError("every tenant has the workflow \(definition.name.rawValue); give yours another name with --name")
      return Program.Exit.failure
    }
    switch try await store.put(definition.json, as: definition.name, tenant: owner.tenant, by: owner.user) {
    case .done(let kept, let isNew):
      print("\(kept.name.rawValue) version \(kept.version) of \(kept.tenant)\(isNew ? "" : " was there already")")
      return Program.Exit.ok
    case .tooMany, .unknown:
      printError(
        "a tenant may have \(KeptWorkflow.nameLimit) workflows and \(KeptWorkflow.versionLimit) versions of all of them"
      )
      return Program.Exit.failure
    }
  }

  private static func list(_ tenant: TenantID, _ store: MongoStore) async throws -> Int32 {
    let kept = try await newest(of: tenant, store)
    let width = kept.map { $0.name.rawValue.utf8.count }.max() ?? 0
    for one in kept {
      print("\(one.name.rawValue.string.padded(to: width))  version \(one.version)\(one.isRemoved ? ", removed" : "")")
    }
    return Program.Exit.ok
  }

  private static func show(
    _ name: WorkflowName, _ form: ShownForm, of tenant: TenantID, _ store: MongoStore
  ) async throws -> Int32 {
    guard let kept = try await newest(of: tenant, store).first(where: { $0.name == name }) else {
      return show(Workflows.builtIn[name]?.definition, form, name, of: tenant)
    }
    let document = WorkflowDocument(try JSONParser.parse(kept.definition))
    guard document.problems.isEmpty || form == .json else {
      printError("\(name.rawValue) cannot be drawn here: it was written by another version; show it as json")
      return Program.Exit.failure
    }
    if form == .json {
      print(String(decoding: kept.definition, as: UTF8.self))
      return Program.Exit.ok
    }
    return show(document.definition, form, name, of: tenant)
  }

  private static func show(
    _ definition: WorkflowDefinition?, _ form: ShownForm, _ name: WorkflowName, of tenant: TenantID? = nil
  ) -> Int32 {
    guard let definition else {
      printError(
        tenant.map { "the tenant \($0) has no workflow \(name.rawValue)" }
          ?? "no workflow \(name.rawValue) comes with the hub; --tenant T shows a tenant's own")
      return Program.Exit.failure
    }
    switch form {
    case .json: print(String(decoding: definition.json, as: UTF8.self))
    // They end with a line break of their own.
    case .svg: print(String(decoding: definition.svg, as: UTF8.self), terminator: "")
    case .mermaid: print(String(decoding: definition.mermaid, as: UTF8.self), terminator: "")
    }
    return Program.Exit.ok
  }

  private static func remove(_ owner: WorkflowOwner, _ store: MongoStore) async throws -> Int32 {
    guard let name = owner.name,
      let kept = try await newest(of: owner.tenant, store).first(where: { $0.name == name && !$0.isRemoved })
    else { return noSuch(owner) }
    let count = try await ordersUnderWay(kept, store)
    guard count == 0 else {
      printError("\(count) orders of \(name.rawValue) are under way; it can be removed when they have ended")
      return Program.Exit.failure
    }
    if let record = try await store.settings(of: owner.tenant), try TenantSettings(record).defaultWorkflow == name {
      printError(
        "new orders that name no workflow begin by \(name.rawValue); it can be removed when the tenant's defaultWorkflow is another"
      )
      return Program.Exit.failure
    }
    _ = try await store.remove(name, tenant: owner.tenant, by: owner.user)
    print("removed \(name.rawValue) of \(owner.tenant)")
    return Program.Exit.ok
  }

  /// How many orders of it are in a state that is not its last; nobody's if its definition cannot be read here.
  private static func ordersUnderWay(_ kept: KeptWorkflow, _ store: MongoStore) async throws -> Int64 {
    let document = WorkflowDocument(try JSONParser.parse(kept.definition))
    let states = document.definition.states
    var query = OrderQuery(
      tenant: kept.tenant, workflow: kept.name, statuses: states.filter { !$0.isTerminal }.map(\.status))
    query.states = states.map { Standing(kept.name, $0.status, $0.phase) }
    return TallySum(try await store.tallies(TallyScope(tenant: kept.tenant, kind: .orders))).orders(query)
  }

  private static func noSuch(_ owner: WorkflowOwner) -> Int32 {
    printError("the tenant \(owner.tenant) has no workflow \(owner.name?.rawValue.string ?? "")")
    return Program.Exit.failure
  }

  private static func newest(of tenant: TenantID, _ store: MongoStore) async throws -> [KeptWorkflow] {
    var newest: [WorkflowName: KeptWorkflow] = [:]
    var revision: Int64 = 0
    while true {
      let page = try await store.workflows(after: revision)
      for kept in page {
        revision = kept.revision
        if kept.tenant == tenant { newest[kept.name] = kept }
      }
      if page.count < KeptWorkflow.pageLimit {
        return newest.values.sorted { $0.name.rawValue < $1.name.rawValue }
      }
    }
  }
}

/// Whose workflow, which, and who says so.
private struct WorkflowOwner {
  let tenant: TenantID
  let name: WorkflowName?
  let user: UserID
}

/// The forms in which a definition is printed.
private enum ShownForm: String, CaseIterable {
  case json, svg, mermaid
}

/// What `orderhub workflow` is asked to do, understood before anything is begun.
private enum WorkflowTask {
  case check(String)
  case add(String, WorkflowOwner)
  case list(TenantID)
  case show(WorkflowName, ShownForm, TenantID?)
  case remove(WorkflowOwner)

  init(_ arguments: Arguments) throws(UsageError) {
    let word = arguments.word ?? ""
    let takesFile = word == "check" || word == "add"
    if takesFile, arguments.file == nil { throw UsageError(message: "\(word) needs a FILE") }
    let takesName = word == "show" || word == "remove"
    if !takesFile, !takesName, let file = arguments.file {
      throw UsageError(message: "\(file) was not expected: \(word) takes no FILE")
    }
    if word != "show", arguments.has("as") { throw UsageError(message: "\(word) takes no --as; show does") }
    if word == "check" {
      self = .check(arguments.file ?? "")
      return
    }
    let name = try Self.name(arguments, takesWord: takesName)
    if takesName, name == nil { throw UsageError(message: "\(word) needs a NAME: the workflow") }
    if word == "show", let name {
      var form = ShownForm.json
      if let text = arguments.value("as") {
        guard let known = ShownForm(Text(text)) else {
          throw UsageError(
            message: "--as \(text) is not one of \(ShownForm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        form = known
      }
      self = .show(name, form, arguments.has("tenant") ? try Self.tenant(arguments) : nil)
      return
    }
    let tenant = try Self.tenant(arguments)
    let operatorName = arguments.value("user") ?? "operator"
    guard let user = UserID(operatorName) else {
      throw UsageError(message: "--user \(operatorName) is not 1 to 128 printable ASCII characters, no spaces")
    }
    let owner = WorkflowOwner(tenant: tenant, name: name, user: user)
    switch word {
    case "add": self = .add(arguments.file ?? "", owner)
    case "list": self = .list(tenant)
    default: self = .remove(owner)
    }
  }

  private static func tenant(_ arguments: Arguments) throws(UsageError) -> TenantID {
    try arguments.required("tenant", "1 to 64 letters, digits, - or _") { TenantID($0) }
  }

  /// The name that is given: by `--name`, or as the word behind the command's where it takes one.
  private static func name(_ arguments: Arguments, takesWord: Bool) throws(UsageError) -> WorkflowName? {
    let word = takesWord ? arguments.file : nil
    if let word, let name = arguments.value("name") {
      throw UsageError(message: "the workflow is named twice: \(word) and --name \(name)")
    }
    guard let text = word ?? arguments.value("name") else { return nil }
    guard Text(text).isWorkflowWord else {
      throw UsageError(message: "\(text) is no name of a workflow: 1 to 64 letters, digits, - or _")
    }
    return WorkflowName(rawValue: Text(text))
  }
}

/// A definition's file.
private enum WorkflowFile {
  /// Its bytes; nil if it cannot be read, or is larger than a definition may be.
  static func read(_ path: String) -> [UInt8]? {
    let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    guard let handle else { return nil }
    var bytes: [UInt8] = []
    while bytes.count <= WorkflowDocument.limitBytes {
      let part: Data?
      do { part = try handle.read(upToCount: WorkflowDocument.limitBytes + 1 - bytes.count) } catch { return nil }
      // At the end there is none.
      guard let part, !part.isEmpty else { return bytes }
      bytes += part
    }
    return nil
  }
}
