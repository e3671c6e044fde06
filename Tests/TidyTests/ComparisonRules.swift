import Foundation

/// Which sources may compare, hash, sort or search a `String`: those whose texts are the hub's own, or its operator's.
///
/// What comes from outside is a `Text`. The rule does not read sources, where a comparison may stand in a closure, a
/// pattern or a derived `==`, but what the compiler made of them: whoever compares a `String` refers to a function or a
/// table of the standard library that does it.
struct ComparisonRules {
  /// What an object file refers to, and what that is for.
  static let symbols = [
    "$sSS2eeoiySbSS_SStFZ": "String ==", "$sSS1loiySbSS_SStFZ": "String <",
    "$sSS4hash4intoys6HasherVz_tF": "String.hash",
    "$sSSSQsWP": "String as Equatable", "$sSSSHsWP": "String as Hashable", "$sSSSLsWP": "String as Comparable",
    "$sSsSQsWP": "Substring as Equatable", "$sSsSHsWP": "Substring as Hashable", "$sSsSLsWP": "Substring as Comparable",
    "$sSysE2eeoiySbx_qd__tSyRd__lFZ": "StringProtocol ==", "$sSysE1loiySbx_qd__tSyRd__lFZ": "StringProtocol <",
    "$sSJ2eeoiySbSJ_SJtFZ": "Character ==", "$sSJ1loiySbSJ_SJtFZ": "Character <",
    "$sSJSQsWP": "Character as Equatable", "$sSJSHsWP": "Character as Hashable", "$sSJSLsWP": "Character as Comparable",
    "$sSS9hasPrefixySbSSF": "String.hasPrefix", "$sSS9hasSuffixySbSSF": "String.hasSuffix",
    "$sSysE9hasPrefixySbqd__SyRd__lF": "StringProtocol.hasPrefix",
    "$sSysE9hasSuffixySbqd__SyRd__lF": "StringProtocol.hasSuffix",
  ]

  /// Further ways to search and compare, by how their names begin: those of Foundation and of `_StringProcessing`, where
  /// `contains`, `firstRange`, `split`, `replacing` and the like are generic. Where they are asked for characters, they are
  /// given the table of these, which is above.
  static let prefixes = [
    "$sSy10FoundationE": "Foundation's search", "$sSy20FoundationEssentialsE": "Foundation's search",
    "$sSy17_StringProcessing": "StringProtocol's search", "$sSK17_StringProcessingSs": "a regex",
    "$sSl17_StringProcessingSs": "a regex", "$sSm17_StringProcessingSs": "a regex",
  ]

  /// The sources that may, by why. A new one needs a reason: can its text be chosen by who sends a request?
  static let allowed: [(why: String, files: Set<String>)] = [
    (
      "the words of our own enums are their hashes",
      [
        "API/Operations/OrderAPI+operations", "API/Workflows/OrderAPI+pictures", "EngineIO/EngineRequest",
        "HubContracts/HTTP", "HubContracts/Numbering", "HubContracts/OrderQuery", "Orders/Engine/Relation",
        "HubRuntime/CrashPoint",
        "HubRuntime/Log",
        "HubRuntime/LogFormat", "HubRuntime/LogSampler",
        "HubRuntime/MetricName", "HubRuntime/OperationsPages", "HubRuntime/SettingKey", "HubRuntime/Toggle",
        "Live/Door/Admission",
        "Live/Sessions/Client", "MongoStore/MongoWorker+find", "Orders/Record/Job", "Orders/Record/OrderEvent",
        "Orders/Text/TextRule", "Orders/Engine/OrderEdit", "Orders/Stock/LedgerRow", "Orders/Stock/StockPlace",
        "Orders/Engine/WorkflowDefinition", "orderhub/Reference/ReferencePage",
      ]
    ),
    (
      "names that were found to be short and ASCII, and numbers that the hub gives",
      [
        "HubContracts/Audit", "HubContracts/Cache", "HubContracts/KeptAnswer", "HubContracts/Store",
        "HubContracts/Users",
        "Live/Door/SessionTicket",
        "MongoStore/Audit/MongoStore+audit", "MongoStore/MongoStore+tenant", "OrderDesk/Command",
        "OrderDesk/OrderReads", "Orders/Record/CreditNote", "Orders/Record/Delivery", "Orders/Record/Invoice",
        "Orders/Money/Currencies",
        "Orders/Money/Currency", "Orders/Names",
        "Orders/Order/Order",
        "Worker/Audit", "API/Routing/Idempotency", "API/Routing/OrderAPI+atHand", "Credentials/Argon2Hasher",
      ]
    ),
    (
      "== of errors and refusals, which say in our words what was refused",
      [
        "Orders/Engine/WorkflowDefect",
        "HTTPServer/HTTPServerOptions", "HTTPServer/RequestTarget", "HubWire/JSON", "Live/Rooms/Wish",
        "LiveProtocol/JSONScanner", "LiveProtocol/PlainCommand", "MongoStore/BSON/BSONType",
        "MongoStore/Connection/MongoOptions", "Orders/Refusal", "RedisHub/Emitter/MessagePackReader",
        "RedisHub/LinkFailure", "RedisHub/RedisReply",
      ]
    ),
    (
      "literals beside literals: routes, pages, codes, headers of our answers, names of metrics and indexes",
      [
        "HubWire/WorkflowDocument", "Orders/Engine/WorkflowDefinition+check", "Orders/Engine/ItemEditing",
        "Orders/Engine/OrderChanges", "Documents/MarkdownPage",
        "Worker/Jobs/TimerHandler",
        "API/Description/OpenAPI", "API/Routing/OrderAPI", "API/Routing/OrderAPI+admission",
        "API/Orders/OrderQuery+request", "API/Routing/Route", "HTTPServer/ServerCore+answers",
        "Live/Sessions/PlainSession", "MongoStore/Schema/MongoStore+migrate", "RedisHub/BusThread",
        "RedisHub/LinkMeters",
      ]
    ),
    (
      "words of MongoDB, Redis and the system",
      [
        "MongoStore/Inspection/MongoFacts", "MongoStore/Inspection/MongoFacts+conditions",
        "MongoStore/Inspection/MongoInspection", "MongoStore/Inspection/MongoRights", "RedisHub/RedisFacts+conditions",
        "HubRuntime/ProcessFacts", "MongoStore/Connection/MongoLibrary", "RedisHub/RedisFacts",
        "RedisHub/RedisServer", "RedisHub/Script", "RedisHub/ServerTie", "RedisHub/TLSFilter",
      ]
    ),
    (
      "settings and arguments of the operator",
      [
        "HubContracts/Condition", "orderhub/Doctor/PlaceConditions",
        "orderhub/Doctor/PortLook",
        "HTTPServer/ListenSocket", "HubRuntime/CalendarDays", "HubRuntime/DotEnvFile", "HubRuntime/RedisAddress",
        "HubRuntime/SettingValues", "HubRuntime/Settings", "HubRuntime/Settings+duration",
        "HubRuntime/Settings+reading",
        "live-echo/main", "orderhub/Arguments", "orderhub/Commands/Tools", "orderhub/Commands/Workflow",
        "orderhub/Commands/User", "orderhub/Program",
      ]
    ),
  ]

  /// What is wrong with one source, whose object file has these bytes; empty if nothing is. `file` is its path in `Sources`
  /// without `.swift`.
  static func breaches(_ file: String, object: Data) -> [String] {
    let found = comparisons(in: object)
    guard allowed.contains(where: { $0.files.contains(file) }) else {
      return found.isEmpty
        ? []
        : ["Sources/\(file).swift: \(found.joined(separator: ", ")): text from outside is a Text; see ComparisonRules"]
    }
    // A reason is one for what a source does, and not for whatever else it may come to do.
    let used = Set(found)
    return used == kinds[file] ?? []
      ? []
      : ["ComparisonRules.kinds should say, if it is right: \"\(file)\": [\"\(found.joined(separator: "\", \""))\"],"]
  }

  /// Where a word from outside becomes a case by `init(rawValue:)`, which the compiler makes of comparisons inside the
  /// enum; `init(_: Text)` is there for it.
  static func rawWords(_ file: String, source: String) -> [String] {
    // Few sources have one at all.
    guard source.contains("rawValue: ") else { return [] }
    return source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      line.contains(#/rawValue: [^)]*\.string(?![(\w])/#) ? "\(file):\(index + 1): a case by rawValue of a Text" : nil
    }
  }

  /// What an object file compares strings with.
  static func comparisons(in object: Data) -> [String] {
    let names = ObjectFile(object).undefinedSymbols
    return names.compactMap { name in
      symbols[name] ?? prefixes.first { name.hasPrefix($0.key) }?.value
    }.reduce(into: Set<String>()) { $0.insert($1) }.sorted()
  }
}

/// An object file in ELF of 64 bits, as far as is asked here (System V ABI, chapters 4 and 5).
struct ObjectFile {
  private let bytes: Data

  init(_ bytes: Data) { self.bytes = bytes }

  /// The names that it takes from elsewhere, of Swift's standard library alone.
  var undefinedSymbols: [String] {
    guard bytes.count > 64, bytes.prefix(5) == Data([0x7f, 0x45, 0x4c, 0x46, 2]) else { return [] }
    return bytes.withUnsafeBytes { Self.symbols($0) }
  }

  private static func symbols(_ file: UnsafeRawBufferPointer) -> [String] {
    func long(_ at: Int) -> Int { Int(file.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
    func word(_ at: Int) -> Int { Int(file.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
    func half(_ at: Int) -> Int { Int(file.loadUnaligned(fromByteOffset: at, as: UInt16.self)) }
    let sections = (0..<half(0x3c)).map { long(0x28) + $0 * 64 }
    // SHT_SYMTAB; its link is the table of its names.
    guard let table = sections.first(where: { word($0 + 4) == 2 }) else { return [] }
    let names = long(sections[word(table + 40)] + 24)
    let (start, end) = (long(table + 24), long(table + 24) + long(table + 32))
    var found: [String] = []
    for symbol in stride(from: start, to: end, by: 24) {
      let name = names + word(symbol)
      // SHN_UNDEF; and `$sS`, which all of them begin with.
      guard half(symbol + 6) == 0, word(symbol) != 0, file[name] == 0x24, file[name + 1] == 0x73,
        file[name + 2] == 0x53
      else { continue }
      found.append(String(decoding: file[name...].prefix { $0 != 0 }, as: UTF8.self))
    }
    return found
  }
}
