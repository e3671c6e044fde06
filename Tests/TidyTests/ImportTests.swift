import Foundation
import Testing

@Suite struct ImportTests {
  @Test func everyTargetImportsOnlyWhatItsRowAllows() throws {
    let repository = try Repository()
    var breaches: [String] = []
    var seen: Set<String> = []
    let folders = ["Sources/", "LoadTests/"]
    for file in repository.files where folders.contains(where: file.hasPrefix) && file.hasSuffix(".swift") {
      let target = String(file.split(separator: "/")[1])
      seen.insert(target)
      breaches += ImportRules.breaches(target: target, file: file, source: try #require(try repository.text(file)))
    }
    #expect(breaches == [])
    #expect(seen == Set(ImportRules.table.keys))
  }

  @Test func eachCLibraryHasOneWrapper() throws {
    let folders = Set(
      try Repository().files.filter { $0.hasPrefix("Sources/CLibraries/") }.map { String($0.split(separator: "/")[2]) })
    for library in folders {
      #expect(ImportRules.table.values.count { $0.contains(library) } == 1, "\(library)")
    }
    #expect(folders.count >= 6)
  }

  @Test func adaptersNeverImportEachOther() {
    let adapters: Set<String> = ["MongoStore", "RedisHub", "HTTPServer", "Credentials", "Documents"]
    let executables: Set<String> = ["orderhub", "live-echo", "orderhub-load"]
    for (target, allowed) in ImportRules.table where !executables.contains(target) {
      #expect(allowed.isDisjoint(with: adapters), "\(target)")
    }
  }

  @Test(arguments: [
    ("Orders", "import Foundation"),
    ("Orders", "import Synchronization"),
    ("HubContracts", "public import HubRuntime"),
    ("MongoStore", "import RedisHub"),
    ("RedisHub", "@preconcurrency import CMongoc"),
    ("API", "  internal import struct HTTPServer.Server"),
    ("Live", "import CWslay // only for a moment"),
    ("Worker", "import Orders; import MongoStore"),
    ("HubRuntime", "#if canImport(CJWT)\n  import CJWT\n#endif"),
    ("LiveProtocol", "@_spi(Frames) @testable import HubContracts"),
  ])
  func refusesAnImportAgainstTheDirection(target: String, source: String) {
    let breaches = ImportRules.breaches(target: target, file: "File.swift", source: source)
    #expect(breaches.count == 1)
    #expect(breaches.first?.hasPrefix("File.swift:") == true)
  }

  @Test(arguments: [
    ("HubContracts", "public import Orders"),
    ("MongoStore", "import CMongoc\nimport Foundation\ninternal import HubContracts"),
    ("LiveProtocol", "import CWslay"),
    ("Orders", "// import Foundation\n/// imports nothing\nlet important = 1"),
    ("orderhub", "import API\nimport MongoStore\nimport RedisHub"),
  ])
  func allowsWhatTheRowNames(target: String, source: String) {
    #expect(ImportRules.breaches(target: target, file: "File.swift", source: source) == [])
  }

  @Test func refusesATargetWithoutARow() {
    #expect(ImportRules.breaches(target: "Helpers", file: "File.swift", source: "").count == 1)
  }
}
