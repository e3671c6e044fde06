import HubRuntime
import Testing

@Suite struct MisspellingTests {
  private static let names = ["api", "live", "worker", "--tenant", "--user", "--json"]

  @Test(arguments: [
    ("apu", "api"), ("lvie", "live"), ("worked", "worker"), ("wroekr", "worker"), ("LIVE", "live"),
    ("--tennat", "--tenant"), ("-user", "--user"), ("json", "--json"),
  ])
  func theNearestIsMeant(typed: String, meant: String) {
    #expect(Misspelling.nearest(to: typed, among: Self.names) == meant)
    #expect(Misspelling.hint(for: typed, among: Self.names) == " (did you mean \(meant)?)")
  }

  // A short name is like many: of three letters one may be wrong.
  @Test(arguments: ["abc", "a", "doctor", "", "nonesuch"])
  func nothingIsSuggestedForWhatIsFarFromAll(typed: String) {
    #expect(Misspelling.nearest(to: typed, among: Self.names) == nil)
  }

  @Test func nothingIsMeantWhereThereIsNothing() {
    #expect(Misspelling.hint(for: "live", among: []) == "")
  }
}
