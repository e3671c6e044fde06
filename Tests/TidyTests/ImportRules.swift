/// Which modules a target may import: executables → adapters → contracts → domain, and C by its one wrapper alone.
struct ImportRules {
  /// What the system brings, for every target that is not pure.
  static let system: Set<String> = ["Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

  /// Target → the modules of ours it may import. A target that is not here may not exist.
  static let table: [String: Set<String>] = [
    "Orders": [],
    "Spelling": ["Orders", "CUnicode"],
    "HubContracts": ["Orders"],
    "HubWire": ["Orders", "HubContracts"],
    "HubRuntime": ["Orders", "HubContracts", "HubWire", "CCrypto", "CSystem"],

    "MongoStore": ["Orders", "Spelling", "HubContracts", "HubRuntime", "HubWire", "CMongoc"],
    "RedisHub": ["Orders", "HubContracts", "HubRuntime", "HubWire", "CHiredis", "CSSL"],
    "HTTPServer": ["Orders", "HubContracts", "HubRuntime", "CMicrohttpd"],
    "Credentials": ["Orders", "Spelling", "HubContracts", "HubWire", "HubRuntime", "CJWT", "CArgon2"],
    "SocketLoop": ["HubContracts", "HubRuntime", "CEpoll"],
    "Documents": ["Orders", "HubContracts", "CMarkdown", "CDocuments"],
    "LiveProtocol": ["Orders", "CWslay"],
    "EngineIO": ["Orders", "LiveProtocol"],
    "EngineServer": ["Orders", "EngineIO", "LiveProtocol", "SocketLoop", "HubContracts", "HubRuntime"],
    "live-echo": [
      "Orders", "HubContracts", "HubRuntime", "HTTPServer", "SocketLoop", "LiveProtocol", "EngineIO", "EngineServer",
    ],

    "OrderDesk": ["Orders", "HubContracts", "HubWire", "HubRuntime"],
    "API": ["Orders", "HubContracts", "HubWire", "HubRuntime", "OrderDesk"],
    "Live": [
      "Orders", "HubContracts", "HubWire", "HubRuntime", "SocketLoop", "LiveProtocol", "EngineIO", "EngineServer",
    ],
    "Worker": ["Orders", "HubContracts", "HubWire", "HubRuntime", "OrderDesk"],
    "orderhub": [
      "Orders", "HubContracts", "HubWire", "HubRuntime", "MongoStore", "RedisHub", "HTTPServer", "Credentials",
      "Documents", "OrderDesk", "API", "Live", "Worker",
    ],
    "orderhub-load": ["Orders", "HubContracts", "HubWire", "HubRuntime", "Credentials", "SocketLoop"],
  ]

  /// The targets that import nothing of the system either: no files, no sockets, no clock.
  static let pure: Set<String> = ["Orders", "HubContracts", "EngineIO"]

  /// What is wrong with one source file's imports, a line each; empty if nothing is.
  static func breaches(target: String, file: String, source: String) -> [String] {
    guard let ours = table[target] else { return ["\(file): the target \(target) has no row in ImportRules.table"] }
    let allowed = pure.contains(target) ? ours : ours.union(system)
    return imports(source).filter { !allowed.contains($0.module) }.map {
      "\(file):\($0.line): \(target) imports \($0.module); it may import \(allowed.sorted().joined(separator: ", "))"
    }
  }

  /// The modules that a source imports, and on which line.
  static func imports(_ source: String) -> [(module: String, line: Int)] {
    source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, text in
      text.split(separator: ";").compactMap(importedModule).map { (module: $0, line: index + 1) }
    }
  }

  private static let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
  private static let kinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "var", "let", "actor",
  ]

  /// The module of one statement: `@testable public import struct Module.Name // why` gives Module.
  private static func importedModule(_ statement: Substring) -> String? {
    var words = statement.split { $0 == " " || $0 == "\t" }[...]
    while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words.removeFirst() }
    guard words.popFirst() == "import" else { return nil }
    if let word = words.first, kinds.contains(word) { words.removeFirst() }
    return words.first?.split { $0 == "." || $0 == "/" }.first.map(String.init)
  }
}
