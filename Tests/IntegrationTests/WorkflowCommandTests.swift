import Foundation
import HubTestSupport
import Orders
import Testing

/// `orderhub workflow`.
@Suite struct WorkflowCommandTests {
  private static let definition = """
    {"name": "repair",
     "states": [{"name": "received", "phase": "open"}, {"name": "collected", "phase": "closed", "final": true}],
     "rows": [{"event": "place", "to": "received", "who": ["staff"]},
      {"event": "collect", "from": "received", "to": "collected", "who": ["staff"]}]}
    """

  private static func run(
    _ words: [String], _ hub: Hub? = nil, input: String = definition
  ) async throws -> CommandLineRun {
    guard let hub else { return try await CommandLineRun.orderhub(["workflow"] + words, input: input) }
    return try await CommandLineRun.orderhub(["workflow"] + words, hub: hub, input: input)
  }

  @Test func aDefinitionIsCheckedWithoutAHub() async throws {
    let sound = try await Self.run(["check", "-"])
    #expect(sound.status == 0 && sound.output == "-: repair, 2 states, 2 rows: sound\n")
    let damaged = Self.definition.replacing("\"from\": \"received\"", with: "\"from\": \"recieved\"")
    let found = try await Self.run(["check", "-"], input: damaged)
    #expect(found.status == 1)
    #expect(
      found.output.contains("-:4: rows[1].from: collect names the state recieved, which is not among the states.\n"))
    let broken = try await Self.run(["check", "-"], input: "{\n\"name\": x}")
    #expect(broken.status == 1 && broken.output.hasPrefix("-:2: "), "\(broken)")
    #expect(try await Self.run(["check", "/nonesuch.json"]).status == 1)
  }

  @Test func oneThatEveryTenantHasIsShownInEachForm() async throws {
    let json = try await Self.run(["show", "delivery"])
    #expect(json.status == 0 && json.output.hasPrefix("{\"name\":\"delivery\","))
    #expect(try await Self.run(["show", "--name", "delivery", "--as", "json"]).output == json.output)
    let svg = try await Self.run(["show", "delivery", "--as", "svg"])
    #expect(svg.status == 0 && svg.output.hasPrefix("<svg ") && svg.output.hasSuffix("</svg>\n"))
    let mermaid = try await Self.run(["show", "delivery", "--as", "mermaid"])
    #expect(mermaid.status == 0 && mermaid.output.hasPrefix("stateDiagram-v2\n"))
    let other = try await Self.run(["show", "nonesuch"])
    #expect(other.status == 1 && other.output == "" && other.errors.contains("--tenant"), "\(other)")
  }

  @Test func aTenantsOwnIsAddedShownListedAndRemoved() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let tenant = ["--tenant", ada.tenant]
    let added = try await Self.run(["add", "-"] + tenant, hub)
    #expect(added.status == 0 && added.output == "repair version 1 of \(ada.tenant)\n", "\(added)")
    // The running hub has it at once, in all forms, the same as the command prints.
    for form in ["json", "svg", "mermaid"] {
      let shown = try await Self.run(["show", "repair", "--as", form] + tenant, hub)
      let given = try await ada.get("/api/workflows/repair?as=\(form)")
      #expect(shown.status == 0 && given.status == 200, "\(shown) \(given)")
      #expect(shown.output == given.text + (form == "json" ? "\n" : ""), "\(form)")
    }
    #expect(try await Self.run(["list"] + tenant, hub).output == "repair  version 1\n")
    let built = try await Self.run(["show", "delivery", "--as", "mermaid"] + tenant, hub)
    #expect(built.status == 0 && built.output.hasPrefix("stateDiagram-v2\n"))
    #expect(try await Self.run(["show", "nonesuch"] + tenant, hub).status == 1)
    let removed = try await Self.run(["remove", "repair"] + tenant, hub)
    #expect(removed.status == 0 && removed.output == "removed repair of \(ada.tenant)\n", "\(removed)")
    #expect(try await Self.run(["remove", "repair"] + tenant, hub).status == 1)
  }

  @Test(arguments: [
    (["show"], "show needs a NAME"), (["show", "a b"], "is no name of a workflow"),
    (["show", "delivery", "--as", "png"], "--as png is not one of json, svg, mermaid"),
    (["show", "delivery", "--name", "delivery"], "named twice"), (["list", "--as", "svg", "--tenant", "t"], "--as"),
    (["remove", "repair"], "--tenant is missing"), (["list", "repair", "--tenant", "t"], "takes no FILE"),
    (["show", "delivery", "--tenant", "a b"], "--tenant a b is not"), (["check"], "check needs a FILE"),
  ])
  func whatIsMistypedIsNamed(words: [String], told: String) async throws {
    let run = try await Self.run(words)
    #expect(run.status == 2 && run.output == "" && run.errors.contains(told), "\(run)")
  }
}
