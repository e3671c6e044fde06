import Foundation
import Testing

@Suite struct LayoutTests {
  let repository: Repository

  init() throws { repository = try Repository() }

  @Test func theTopHoldsOnlyWhatBelongsThere() {
    let allowed: Set<String> = ["Package.swift", "Sources", "Tests", "LoadTests", "scripts", "README.md"]
    let top = Set(repository.files.compactMap { $0.split(separator: "/").first.map(String.init) })
    #expect(top.filter { !allowed.contains($0) && !$0.hasPrefix(".") } == [])
    #expect(top.isSuperset(of: ["Package.swift", "Sources", "Tests", "scripts"]))
  }

  @Test func noFileIsLongerThanTheLimit() throws {
    let folders = ["Sources/", "Tests/", "LoadTests/", "scripts/", ".ci/"]
    var checked = 0
    for file in repository.files where folders.contains(where: file.hasPrefix) {
      guard let text = try repository.text(file) else { continue }
      checked += 1
      #expect(TextRules.lineCount(text) <= TextRules.limitLines, "\(file)")
    }
    #expect(checked > 20)
  }

  @Test func noFileNamesAMachineOrUnfinishedWork() throws {
    for file in repository.files {
      guard let text = try repository.text(file) else { continue }
      #expect(TextRules.breaches(file: file, text: text) == [])
    }
  }

  @Test func aCLibraryIsAModuleMapAndAShimAndNothingElse() {
    let files = repository.files.filter { $0.hasPrefix("Sources/CLibraries/") }
    let folders = Dictionary(grouping: files) { $0.split(separator: "/").prefix(3).joined(separator: "/") }
    for (folder, files) in folders {
      // Or, where its own header must not be seen beside Foundation's, a header and a source of ours; or bytes that the
      // compiler takes in.
      let parts =
        switch folder.split(separator: "/")[2] {
        case "CUnicode": ["include/CUnicode.h", "unicode.c"]
        case "CDocuments": ["documents.c", "include/CDocuments.h"]
        default: ["module.modulemap", "shim.h"]
        }
      #expect(files == parts.map { "\(folder)/\($0)" })
    }
    #expect(!folders.isEmpty)
  }

  @Test func everyScriptHasItsRunBit() throws {
    var scripts: Set<String> = []
    for file in repository.files where try repository.text(file)?.hasPrefix("#!") == true { scripts.insert(file) }
    #expect(scripts.isSuperset(of: ["scripts/run", "scripts/test", ".ci/run"]))
    #expect(scripts.filter { !repository.isExecutable($0) } == [])
  }
}

@Suite struct TextRulesTests {
  @Test(arguments: [
    "// TO" + "DO: later", "let a = 1 // FIX" + "ME", "# XX" + "X", "/* HA" + "CK */", "cd /" + "home/ann/hub",
    "path = \"/" + "tmp/hub.log\"", "open(\"file:///" + "Users/ann\")", "a/" + "root/b: /" + "root/c",
  ])
  func refusesMarksAndPathsOfOneMachine(line: String) {
    #expect(TextRules.breaches(file: "File.swift", text: "first\n" + line).count == 1)
  }

  @Test(arguments: [
    "mktemp -t hub.XXXX" + "XXXX", "let hacks = todos", "https://example.org/" + "home/page", "$root/" + "tmp/x",
    "GET /api/orders", "/usr/bin/redis-server", "a/" + "home/b",
  ])
  func allowsWhatOnlyLooksLikeThem(line: String) {
    #expect(TextRules.breaches(file: "File.swift", text: line) == [])
  }

  @Test func countsLinesWithAndWithoutTheLastNewline() {
    #expect(TextRules.lineCount("") == 0)
    #expect(TextRules.lineCount("a\n") == 1)
    #expect(TextRules.lineCount("a\nb") == 2)
  }
}
