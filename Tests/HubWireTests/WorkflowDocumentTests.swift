import Foundation
import HubWire
import Orders
import Testing

private func read(_ text: String) throws -> WorkflowDocument {
  WorkflowDocument(try JSONParser.parse(Array(text.utf8)))
}

/// The repair shop of the tour, ten lines.
private let shop = """
  {
    "name": "repair",
    "states": [{"name": "received", "phase": "open"}, {"name": "diagnosed", "phase": "active"},
      {"name": "repaired", "phase": "fulfilled"}, {"name": "collected", "phase": "closed", "final": true}],
    "rows": [
      {"event": "place", "to": "received", "who": ["staff"]},
      {"event": "diagnose", "from": "received", "to": "diagnosed", "who": ["staff"],
        "input": [{"name": "fault", "type": "text", "max": 500, "required": true}],
        "effects": [{"set": "fault", "from": "fault"}]},
      {"event": "repair", "from": "diagnosed", "to": "repaired", "who": ["staff"]},
      {"event": "collect", "from": ["repaired", "diagnosed"], "to": "collected", "who": ["staff"], "effects": ["takePayment"]}
    ]
  }
  """

@Suite struct WorkflowDocumentTests {
  @Test func `what the hub tells by itself is not announced by a row`() throws {
    func problems(_ type: String) throws -> [String] {
      try read(
        shop.replacingOccurrences(
          of: #""to": "diagnosed", "who": ["staff"],"#,
          with: #""to": "diagnosed", "who": ["staff"], "announces": ["\#(type)"],"#)
      ).problems.map(\.path)
    }
    #expect(try problems("order:cancelled") == [] && problems("order:diagnosed") == [])
    #expect(try problems("order:created") == ["rows[1].announces[0]"])
    #expect(try problems("delivery:created") == ["rows[1].announces[0]"])
  }

  @Test func `ten lines are a workflow`() throws {
    let document = try read(shop)
    #expect(document.problems == [])
    let workflow = try Workflow(document.definition)
    #expect(workflow.definition.rows.map(\.event.rawValue) == ["place", "diagnose", "repair", "collect", "collect"])
    #expect(try read(String(decoding: document.definition.json, as: UTF8.self)).definition == document.definition)
  }

  @Test func `every defect is told with its place`() throws {
    let wrong = """
      {"name": "a b", "colour": 1,
       "states": [{"name": "x", "phase": "odd"}, {"phase": "open"}],
       "rows": [{"event": "place", "to": "x", "who": ["nobody"]},
        {"event": "go", "from": [], "to": ["x"], "who": ["staff"], "effects": ["fly", {"set": "1x", "from": "y"}, {"set": "z"}],
         "conditions": ["rain", {"payment": "owed"}], "input": [{"name": "q", "type": "whole", "min": 3, "max": 1}],
         "announces": ["nothing"]}],
       "timers": [{"name": "t", "event": "go", "afterSeconds": 0, "moment": "m"}]}
      """
    let told = try read(wrong).problems.map(\.path)
    for path in [
      "name", "colour", "states[0].phase", "states[1].name", "rows[0].who[0]", "rows[1].from", "rows[1].effects[0]",
      "rows[1].effects[1].set", "rows[1].effects[2]", "rows[1].conditions[0]", "rows[1].conditions[1].payment",
      "rows[1].input[0].min", "rows[1].announces[0]", "timers[0].afterSeconds",
    ] {
      #expect(told.contains(path), "\(path) among \(told)")
    }
  }

  @Test func `what does not fit together is told at the document's own row`() throws {
    let text = shop.replacing("\"from\": [\"repaired\", \"diagnosed\"]", with: "\"from\": [\"diagnosed\", \"nowhere\"]")
      .replacing("{\"set\": \"fault\", \"from\": \"fault\"}", with: "{\"set\": \"fault\", \"from\": \"cause\"}")
    #expect(try read(text).problems.map(\.path) == ["rows[1].effects[0]", "rows[3].from", "states[2]"])
    #expect(JSONPlaces(Array(text.utf8)).line(of: "rows[3].from") == 11)
    #expect(JSONPlaces(Array(text.utf8)).line(of: "rows[1].effects[0]") == 9)
    #expect(JSONPlaces(Array(text.utf8)).line(of: "states[2]") == 4)
    #expect(JSONPlaces(Array(text.utf8)).line(of: "rows[1].nothing") == 7)
    #expect(JSONPlaces(Array(text.utf8)).line(of: "") == 1)
  }

  @Test func `bounds are bounds`() throws {
    let states = (0...100).map { "{\"name\": \"s\($0)\", \"phase\": \"open\"}" }.joined(separator: ",")
    let many = try read(
      "{\"name\": \"n\", \"states\": [\(states)], \"rows\": [{\"event\":\"place\",\"to\":\"s0\",\"who\":[\"staff\"]}]}")
    #expect(many.problems.map(\.path).contains("states"))
    let hundred = (0..<100).map { "\"s\($0)\"" }.joined(separator: ",")
    let rows = (0..<11).map { "{\"event\": \"e\($0)\", \"from\": [\(hundred)], \"to\": \"s0\", \"who\": [\"staff\"]}" }
    let wide = try read(
      "{\"name\": \"n\", \"states\": [{\"name\":\"s0\",\"phase\":\"open\"}], \"rows\": [\(rows.joined(separator: ","))]}"
    )
    #expect(wide.problems.map(\.path) == ["rows"])
  }

  @Test func `no text takes it down`() throws {
    for text in ["{}", "[]", "1", "null", "{\"name\":[],\"states\":{},\"rows\":[1,null,{}],\"timers\":[[]]}"] {
      #expect(try !read(text).problems.isEmpty, "\(text)")
    }
  }
}
