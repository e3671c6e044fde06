import Testing

/// Nothing outside of their own folder knows which workflows there are: they are handed in.
@Suite struct WorkflowTests {
  private static func sources() throws -> [String: String] {
    let repository = try Repository()
    var sources: [String: String] = [:]
    for file in repository.files where file.hasPrefix("Sources/") && file.hasSuffix(".swift") {
      sources[file] = try repository.text(file)
    }
    return sources
  }

  @Test func onlyTheProgramNamesTheWorkflowsThatTheHubBrings() throws {
    let sources = try Self.sources()
    #expect(sources.count > 100)
    for (file, text) in sources
    where !file.hasPrefix("Sources/Orders/Workflows/") && !file.hasPrefix("Sources/orderhub/") {
      #expect(!text.contains("Workflows.builtIn"), "\(file)")
    }
  }

  @Test func whatAWorkflowDeclaresIsNamedInItsOwnFoldersAlone() throws {
    let folders = WorkflowFolders(try Self.sources())
    #expect(folders.names.isSuperset(of: ["Delivery", "Pickup"]))
    #expect(folders.breaches == [])
  }

  @Test func aNameInTheWrongPlaceIsSeen() {
    var sources = [
      "Sources/Orders/Workflows/Kiosk/Till.swift": "struct Till {}\nenum Shared {}",
      "Sources/Orders/Workflows/Delivery/Lorry.swift": "enum Lorry { case a(Till) }",
      "Sources/Orders/Engine/Step.swift": "struct Step { let till = Till() }\nenum Shared {}",
      "Sources/Orders/Workflows/List.swift": "let all = [Till(), Lorry.a]",
      "Sources/API/Workflows/Kiosk/Routes.swift": "let route = Till.self",
      "Sources/API/Routes.swift": "// Till\nlet text = \"Till\", what = Shared.self",
    ]
    #expect(
      WorkflowFolders(sources).breaches == [
        "Sources/Orders/Engine/Step.swift: names Till of the workflow Kiosk",
        "Sources/Orders/Workflows/Delivery/Lorry.swift: names Till of the workflow Kiosk",
      ])
    sources["Sources/Orders/Engine/Step.swift"] = "enum Shared {}"
    sources["Sources/Orders/Workflows/Delivery/Lorry.swift"] = nil
    #expect(WorkflowFolders(sources).breaches == [])
  }
}
