import Testing

/// Nothing outside of their own folder knows which workflows there are: they are handed in.
@Suite struct WorkflowTests {
  @Test func onlyTheProgramNamesTheWorkflowsThatTheHubBrings() throws {
    let repository = try Repository()
    let sources = repository.files.filter { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") }
    #expect(sources.count > 100)
    for file in sources where !file.hasPrefix("Sources/Orders/Workflows/") && !file.hasPrefix("Sources/orderhub/") {
      #expect(try repository.text(file)?.contains("Workflows.builtIn") == false, "\(file)")
    }
  }
}
