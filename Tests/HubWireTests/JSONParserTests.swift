import HubWire
import Orders
import Testing

@Suite struct JSONParserTests {
  private func parse(_ text: String) throws -> JSON { try JSONParser.parse(Array(text.utf8)) }

  private func problem(_ bytes: [UInt8]) -> String? {
    do throws(JSONProblem) {
      _ = try JSONParser.parse(bytes)
      return nil
    } catch { return error.message }
  }

  private func problem(_ text: String) -> String? { problem(Array(text.utf8)) }

  @Test func readsEveryKindOfValue() throws {
    let json = try parse(#" {"a":[1,-0.5e+3,true,false,null,"x\n\"\\\/\u00e9\ud83d\ude00"],"b":{}} "#)
    #expect(
      json
        == .object([
          .init(
            name: "a",
            value: .array([.number("1"), .number("-0.5e+3"), .bool(true), .bool(false), .null, .string("x\n\"\\/é😀")])),
          .init(name: "b", value: .object([])),
        ]))
  }

  @Test func keepsNumbersAsText() throws {
    #expect(try parse("9007199254740993") == .number("9007199254740993"))
    #expect(try parse("1e400") == .number("1e400"))
    #expect(try parse("-0") == .number("-0"))
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "01",
    "1.",
    ".5", "+1", "1e", "-", "NaN", "Infinity", "tru", "nul", "'a'", "1 2", "{\"a\":1}x", "\"", "\"a", "\"\\x\"",
    "\"\\u12\"",
    "\"\\u123g\"", "[1 2]",
  ])
  func refusesWhatIsNotJSON(_ text: String) {
    #expect(problem(text) != nil)
  }

  @Test func refusesLoneSurrogates() {
    #expect(problem(#""\ud800""#) == "a lone surrogate stands in a string")
    #expect(problem(#""\udc00""#) == "a lone surrogate stands in a string")
    #expect(problem(#""\ud800\u0041""#) == "a lone surrogate stands in a string")
    #expect(problem([0x22, 0xed, 0xa0, 0x80, 0x22]) == "a string is not UTF-8")
  }

  @Test func refusesNULAndControlCharacters() {
    #expect(problem(#""a\u0000b""#) == "U+0000 stands in a string")
    #expect(problem([0x22, 0x00, 0x22]) == "a control character stands in a string unescaped")
    #expect(problem([0x22, 0x0a, 0x22]) == "a control character stands in a string unescaped")
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(problem([0x22, 0xff, 0x22]) == "a string is not UTF-8")
    #expect(problem([0x22, 0xc0, 0xaf, 0x22]) == "a string is not UTF-8")
    #expect(problem([0x22, 0x5c, 0x6e, 0xff, 0x22]) == "a string is not UTF-8")
  }

  @Test func refusesANameTwice() {
    #expect(problem(#"{"a":1,"a":2}"#) == "the name \"a\" stands twice in one object")
    #expect(problem(#"{"a":1,"\u0061":2}"#) == "the name \"a\" stands twice in one object")
    let many = (0..<20).map { "\"k\($0)\":1" }.joined(separator: ",")
    #expect(problem("{\(many)}") == nil)
    #expect(problem("{\(many),\"k3\":1}") == "the name \"k3\" stands twice in one object")
    #expect(problem("{\(many),\"k19\":1}") == "the name \"k19\" stands twice in one object")
  }

  @Test func boundsTheDepth() {
    let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(problem(deep(32)) == nil)
    #expect(problem(deep(33)) == "it nests deeper than 32")
    #expect(problem(String(repeating: "[", count: 10_000)) == "it nests deeper than 32")
    #expect(problem(String(repeating: "{\"a\":", count: 10_000)) == "it nests deeper than 32")
  }

  @Test func boundsANumbersLength() {
    #expect(problem(String(repeating: "9", count: 64)) == nil)
    #expect(problem(String(repeating: "9", count: 65)) == "a number has more than 64 characters")
  }

  @Test func survivesEveryTruncationAndEveryChangedByte() throws {
    let text = Array(#"{"items":[{"productId":"p1","quantity":2.50,"x":[true,null,"\u00e9"]}],"n":-1e3}"#.utf8)
    _ = try JSONParser.parse(text)
    for end in 0..<text.count { #expect(problem(Array(text[..<end])) != nil) }
    for index in text.indices {
      for byte: UInt8 in [0x00, 0x22, 0x5c, 0x7b, 0x7d, 0xff] {
        var changed = text
        changed[index] = byte
        _ = problem(changed)
      }
    }
  }

  /// To a `String` these names are one; to whoever wrote the JSON, to MongoDB and to Redis they are two.
  @Test func twoSpellingsOfAMembersNameAreTwoNames() throws {
    let few = try JSONParser.parse(Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8))
    #expect(few["\u{e9}"] == .number("1"))
    #expect(few["e\u{301}"] == .number("2"))
    // And among so many members that names are looked up by their hash.
    let members = (0..<20).map { "\"m\($0)\":0" } + ["\"\u{e9}\":1", "\"e\u{301}\":2"]
    let many = try JSONParser.parse(Array("{\(members.joined(separator: ","))}".utf8))
    #expect(many["\u{e9}"] == .number("1"))
    #expect(many["e\u{301}"] == .number("2"))
    #expect(throws: JSONProblem.self) {
      try JSONParser.parse(Array("{\(members.joined(separator: ",")),\"e\\u0301\":3}".utf8))
    }
  }

  @Test func aFieldIsFoundInItsOwnSpellingOnly() throws {
    var problems = FieldProblems()
    var fields = try JSONFields(body: JSONParser.parse(Array("{\"caf\u{e9}\":\"a\"}".utf8)))
    #expect(fields.string("cafe\u{301}", &problems) == nil)
    fields.finish(&problems)
    #expect(throws: Refusal.self) { try problems.refuse() }
  }
}
