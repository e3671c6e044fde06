import Foundation
import Testing

@Suite struct ComparisonTests {
  /// Where the build put what it made.
  private static func products() throws -> URL {
    let binary = try #require(
      ProcessInfo.processInfo.environment["ORDERHUB_BIN"], "ORDERHUB_BIN is not set: run the tests with scripts/test")
    return URL(fileURLWithPath: binary).deletingLastPathComponent()
  }

  private static func object(_ target: String, _ file: String) throws -> Data {
    let folder = target.replacingOccurrences(of: "-", with: "_") + ".build"
    return try Data(contentsOf: products().appendingPathComponent("\(folder)/\(file).swift.o"), options: .alwaysMapped)
  }

  @Test func noSourceComparesTextFromOutsideByCanonicalEquivalence() throws {
    let repository = try Repository()
    var breaches: [String] = []
    var seen: Set<String> = []
    for file in repository.files where file.hasPrefix("Sources/") && file.hasSuffix(".swift") {
      let name = String(file.dropFirst("Sources/".count).dropLast(".swift".count))
      let parts = name.split(separator: "/").map(String.init)
      // A file that was not built fails here: nothing is passed over.
      breaches += ComparisonRules.breaches(name, object: try Self.object(parts[0], parts[parts.count - 1]))
      breaches += ComparisonRules.rawWords(file, source: try #require(try repository.text(file)))
      seen.insert(name)
    }
    #expect(breaches == [])
    #expect(seen.count > 300)
    let named = ComparisonRules.allowed.flatMap(\.files)
    #expect(Set(named).subtracting(seen) == [], "these are allowed and not there")
    #expect(Set(named).count == named.count, "some are allowed twice")
    #expect(Set(ComparisonRules.kinds.keys).subtracting(named) == [], "these have ways to compare and no reason")
  }

  /// This very file compares strings in each way.
  @Test func eachWayToCompareIsSeen() throws {
    let object = try Self.object("TidyTests", "ComparisonTests")
    #expect(Breach.all("a", ["b"]) == 0)
    let found = ComparisonRules.comparisons(in: object)
    let wanted: Set = [
      "String ==", "String <", "String as Hashable", "String as Equatable", "Character as Equatable",
      "String.hasPrefix", "Foundation's search",
    ]
    #expect(wanted.subtracting(found) == [])
    #expect(ComparisonRules.breaches("Live/Some", object: object).count == 1)
    // One that may compare may do so only in its own ways.
    #expect(ComparisonRules.breaches("Orders/Names", object: object).count == 1)
  }

  @Test func eachWayThatIsGenericIsSeen() throws {
    let found = ComparisonRules.comparisons(in: try Self.object("TidyTests", "ComparisonBreaches"))
    let wanted: Set = [
      "StringProtocol's search", "Character as Comparable", "Character as Equatable", "Character <", "a regex",
    ]
    #expect(wanted.subtracting(found) == [])
  }

  @Test(arguments: [
    "Role(rawValue: claims.role.string)", "  guard let word = Word(rawValue: text.string) else { return nil }",
  ])
  func aCaseByRawValueOfATextIsSeen(line: String) {
    #expect(ComparisonRules.rawWords("A.swift", source: "let a = 1\n" + line).count == 1)
  }

  @Test(arguments: [
    "Role(rawValue: word)", "Status(rawValue: try reader.string(\"status\"))", "json.member(\"a\", b.string)",
  ])
  func otherRawValuesAreNot(line: String) {
    #expect(ComparisonRules.rawWords("A.swift", source: line) == [])
  }

  @Test func whatIsNoObjectFileNamesNothing() {
    #expect(ObjectFile(Data()).undefinedSymbols == [])
    #expect(ObjectFile(Data(repeating: 0x7f, count: 100)).undefinedSymbols == [])
  }
}

/// Ways in which a comparison may come into a source.
private enum Breach {
  struct Key: Hashable { let name: String }

  static func all(_ text: String, _ others: [String]) -> Int {
    var count = text == others[0] ? 1 : 0
    if others.contains(text) { count += 1 }
    if Set(others).contains(text) { count += 1 }
    if [Key(name: text): 1][Key(name: others[0])] != nil { count += 1 }
    if others.sorted().first == text { count += 1 }
    if text.hasPrefix(others[0]) { count += 1 }
    if text > others[0] { count += 1 }
    if text.split(separator: ",").count > 1 { count += 1 }
    if text.range(of: others[0]) != nil { count += 1 }
    switch text {
    case "c": count += 1
    default: break
    }
    return count
  }
}
