import HubTestSupport
import Testing

/// That every answer which the tests are given is held against the description, and that each kind of lie is found.
@Suite struct DescribedAnswerTests {
  /// A description of one thing, and of a page of them.
  private static let thing = ##"""
    {"paths": {
      "/things/{id}": {"get": {"responses": {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "404": {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}}},
      "/things/count": {"get": {"responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}}}},
    "components": {"schemas": {
      "Thing": {"type": "object", "additionalProperties": false, "required": ["id", "colour", "note", "parts"],
        "properties": {
          "id": {"type": "string", "pattern": "^[0-9a-f]{4}$"}, "colour": {"type": "string", "enum": ["red", "blue"]},
          "note": {"type": ["string", "null"], "description": "of people"}, "size": {"type": "number", "minimum": 0},
          "count": {"type": "integer", "maximum": 9}, "at": {"type": "string", "format": "date-time"},
          "day": {"type": "string", "format": "date"}, "isNew": {"type": "boolean"}, "success": {"const": true},
          "kind": {"type": ["string", "null"], "enum": ["a", null]},
          "maker": {"oneOf": [{"$ref": "#/components/schemas/Maker"}, {"type": "null"}]},
          "parts": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name"],
            "additionalProperties": false, "properties": {"name": {"type": "string"}}}},
          "prices": {"type": "object", "additionalProperties": {"type": "number"}},
          "both": {"allOf": [{"type": "number"}, {"maximum": 5}]}, "odd": {"multipleOf": 2}}},
      "Maker": {"type": "object", "required": ["name"], "additionalProperties": false,
        "properties": {"name": {"type": "string"}, "city": {"type": "string"}}},
      "Problem": {"type": "object", "required": ["code"], "additionalProperties": false,
        "properties": {"code": {"type": "string"}}}}}}
    """##

  private static let whole = [
    "id": #""a1b2""#, "colour": #""red""#, "note": "null", "parts": #"[{"name":"leg"}]"#, "size": "0.5", "count": "9",
    "at": #""2026-11-27T21:30:00.000Z""#, "day": #""2026-11-27""#, "isNew": "false", "success": "true", "kind": "null",
    "maker": #"{"name":"Ann"}"#, "prices": #"{"EUR":1.5,"ü":2}"#, "both": "5",
  ]

  private func breaches(
    _ members: [String: String], status: Int = 200, type: String = "application/json; charset=utf-8"
  ) throws -> [String] {
    let text = "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    let reply = Reply(status: status, headers: ["content-type": type], text: text)
    return try Description(Self.thing).breaches("GET", "/things/7?colour=red", reply)
  }

  @Test func anAnswerThatIsAsDescribedHasNoBreach() throws {
    #expect(try breaches(Self.whole) == [])
    // All that may be left out; null and other cases where they may be.
    #expect(try breaches(["id": #""0000""#, "colour": #""blue""#, "note": #""x""#, "parts": #"[{"name":""}]"#]) == [])
    #expect(try breaches(Self.whole.merging(["maker": "null", "kind": #""a""#, "prices": "{}"]) { $1 }) == [])
    #expect(try breaches(["code": #""gone""#], status: 404, type: "application/problem+json") == [])
  }

  /// A member, another value of it (nil: none), and what is said of it.
  @Test(arguments: [
    ("colour", "null", "$.colour: null was found; string is described"),
    ("note", "7", "$.note: 7 was found; string or null is described"),
    ("colour", #""green""#, #"$.colour: "green" was found; one of "red", "blue" is described"#),
    ("kind", #""b""#, #"$.kind: "b" was found; one of "a", null is described"#),
    ("id", nil, "$.id: nothing was found; it is described as always there"),
    ("weight", "3", "$.weight: 3 was found; no such member is described"),
    ("id", #""A1B2""#, #"$.id: "A1B2" was found; pattern "^[0-9a-f]{4}$" is described"#),
    ("size", #""0.5""#, #"$.size: "0.5" was found; number is described"#),
    ("size", "-1", "$.size: -1 was found; minimum 0 is described"),
    ("count", "2.5", "$.count: 2.5 was found; integer is described"),
    ("count", "10", "$.count: 10 was found; maximum 9 is described"),
    ("isNew", "0", "$.isNew: 0 was found; boolean is described"),
    ("success", "false", "$.success: false was found; one of true is described"),
    (
      "at", #""2026-11-27 21:30:00Z""#,
      #"$.at: "2026-11-27 21:30:00Z" was found; format "date-time" is described"#
    ), ("day", #""2026-13-01""#, #"$.day: "2026-13-01" was found; format "date" is described"#),
    ("parts", "[]", "$.parts: an array was found; minItems 1 is described"),
    ("parts", "{}", "$.parts: an object was found; array is described"),
    ("parts", #"[{"name":"a"},{}]"#, "$.parts[1].name: nothing was found; it is described as always there"),
    ("parts", #"[{"name":"a","x":1}]"#, "$.parts[0].x: 1 was found; no such member is described"),
    ("maker", #"{"name":null}"#, "$.maker.name: null was found; string is described"),
    ("prices", #"{"EUR":1,"USD":"2"}"#, #"$.prices.USD: "2" was found; number is described"#),
    ("both", "6", "$.both: 6 was found; maximum 5 is described"),
    ("odd", "2", "$.odd: the schema has multipleOf, which the check does not know"),
  ]) func eachLieOfABodyIsFound(name: String, value: String?, said: String) throws {
    var members = Self.whole
    members[name] = value
    #expect(try breaches(members) == ["GET /things/{id} 200 \(said)"])
  }

  @Test func aStatusATypeAndABodyThatAreNotDescribedAreFound() throws {
    #expect(
      try breaches(Self.whole, status: 201).first?.hasPrefix(
        "GET /things/{id} 201 is a status that is not described; 200, 404 are.") == true)
    #expect(
      try breaches(Self.whole, type: "text/html") == [
        "GET /things/{id} 200 is text/html; application/json is described"
      ])
    let description = try Description(Self.thing)
    let broken = Reply(status: 200, headers: ["content-type": "application/json"], text: #"{"id":1,"id":2}"#)
    let said = description.breaches("GET", "/things/7", broken)
    #expect(said.count == 1 && said[0].hasPrefix("GET /things/{id} 200 is no JSON: "), "\(said)")
  }

  @Test func aPathIsThatOfItsOwnRoute() throws {
    let description = try Description(Self.thing)
    let text = Reply(status: 200, headers: ["content-type": "text/plain"], text: "7")
    #expect(description.breaches("GET", "/things/count", text) == [])
    #expect(description.breaches("HEAD", "/things/count", text) == [])
    #expect(
      description.breaches("GET", "/things/x", text) == [
        "GET /things/{id} 200 is text/plain; application/json is described"
      ])
    // Where no route can be named there is a problem, or nothing.
    let problem = Reply(status: 404, headers: ["content-type": "application/problem+json"], text: #"{"code":"x"}"#)
    let empty = Reply(status: 204, headers: [:], text: "")
    for (method, target) in [("DELETE", "/things/7"), ("GET", "/nowhere"), ("GET", "/things/"), ("OPTIONS", "*")] {
      #expect(description.breaches(method, target, problem) == [])
      #expect(description.breaches(method, target, empty) == [])
      #expect(
        description.breaches(method, target, text) == [
          "\(method) \(target) (no route) 200 is text/plain; a problem is described"
        ])
    }
  }

  /// The hub's own description, with another word in it.
  @Test func whatTheHubAnswersIsHeldAgainstWhatItSays() async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    let text = try await ada.get("/openapi.json").text
    let lie = text.replacing(#""enum":["ok"]"#, with: #""enum":["fine"]"#)
    #expect(lie != text)
    ada.description = try Description(lie)
    let caller = ada
    try await withKnownIssue {
      _ = try await caller.get("/healthz")
    } matching: { issue in
      issue.comments.contains {
        $0.rawValue == #"GET /healthz 200 $.status: "ok" was found; one of "fine" is described"#
      }
    }
    #expect(try await caller.get("/").status == 200)
  }
}
