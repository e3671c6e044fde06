import HubWire
import Orders
import Testing

@Suite struct JSONFieldsTests {
  private func problems(_ text: String, _ read: (inout JSONFields, inout FieldProblems) -> Void)
    throws -> [FieldProblem]
  {
    var problems = FieldProblems()
    var fields = JSONFields(try JSONParser.parse(Array(text.utf8)), problems: &problems)
    read(&fields, &problems)
    fields.finish(&problems)
    do throws(Refusal) {
      try problems.refuse()
      return []
    } catch { return error.fields }
  }

  @Test func readsWhatIsAskedFor() throws {
    let found = try problems(#"{"name":"a","quantity":0.35,"price":12.5,"at":"2026-11-20","flag":true,"none":null}"#) {
      #expect($0.requiredString("name", &$1) == "a")
      #expect($0.quantity("quantity", &$1) == Quantity(millionths: 350_000))
      #expect($0.money("price", &$1) == Money(units: 1_250_000_000))
      let first: DayStart = { Timestamp(millis: $0.dayNumber) }
      #expect($0.time("at", startOfDay: first, &$1) == Timestamp(millis: 20_777))
      #expect($0.bool("flag", &$1) == true)
      #expect($0.string("none", &$1) == nil)
    }
    #expect(found == [])
  }

  @Test func aTextForPeopleIsTidiedAndAnExactOneIsNot() throws {
    let found = try problems(#"{"name":" Asha\u202e ","key":" a ","secret":"\u200bpass "}"#) {
      #expect($0.requiredString("name", &$1) == "Asha")
      #expect($0.string("name", &$1) == "Asha")
      #expect($0.requiredExactString("key", &$1) == " a ")
      #expect($0.exactString("secret", &$1) == "\u{200b}pass ")
    }
    #expect(found == [])
    let missed = try problems("{}") {
      #expect($0.requiredExactString("key", &$1) == "")
      #expect($0.exactString("secret", &$1) == nil)
    }
    #expect(missed == [FieldProblem(path: "key", message: "is required")])
  }

  @Test func saysAllThatIsWrongAtOnce() throws {
    let found = try problems(#"{"quantity":{"$gt":0},"price":0.123456789,"big":1e400,"extra":1}"#) {
      _ = $0.requiredString("name", &$1)
      _ = $0.quantity("quantity", &$1)
      _ = $0.money("price", &$1)
      _ = $0.quantity("big", &$1)
    }
    #expect(
      found == [
        FieldProblem(path: "name", message: "is required"),
        FieldProblem(path: "quantity", message: "a number was expected, not an object"),
        FieldProblem(path: "price", message: "0.123456789 has more than 8 decimals"),
        FieldProblem(path: "big", message: "1e400 is too large; at most 1000000000 is allowed"),
        FieldProblem(path: "extra", message: "is not known here; known are big, name, price, quantity"),
      ])
  }

  @Test func refusesAnythingButAnObject() throws {
    #expect(
      try problems("[1]") { _, _ in } == [
        FieldProblem(path: "body", message: "an object was expected, not an array")
      ])
  }

  @Test func theMembersOfWhatIsNoObjectAreNotMissed() throws {
    let found = try problems(#"{"customer":"Grace"}"#) { fields, problems in
      guard var customer = fields.object("customer", &problems) else { return }
      _ = customer.requiredString("name", &problems)
      _ = customer.requiredArray("phones", limit: 2, &problems)
      #expect(!customer.isObject)
      #expect(!customer.isAbsent("name"))
    }
    #expect(found == [FieldProblem(path: "customer", message: "an object was expected, not a string")])
  }

  @Test func aBodyThatIsNoObjectIsRefusedAtOnce() throws {
    #expect(throws: Refusal.self) { _ = try JSONFields(body: .array([])) }
    #expect(try JSONFields(body: .object([])).isObject)
  }

  @Test func theDetailNamesTheFirstProblemAndCountsTheOthers() {
    var problems = FieldProblems()
    problems.add("name", "is required")
    func detail() -> String? {
      do throws(Refusal) {
        try problems.refuse()
        return nil
      } catch { return error.detail }
    }
    #expect(detail() == "name: is required")
    problems.add("price", "is required")
    problems.add("extra", "is not known here")
    #expect(detail() == "name: is required (and 2 more)")
  }

  @Test func boundsArrays() throws {
    #expect(
      try problems(#"{"items":[1,2,3]}"#) { _ = $0.requiredArray("items", limit: 2, &$1) } == [
        FieldProblem(path: "items", message: "has 3 elements; at most 2 are allowed")
      ])
    #expect(
      try problems(#"{"items":[]}"#) { _ = $0.requiredArray("items", limit: 2, &$1) } == [
        FieldProblem(path: "items", message: "at least one is required")
      ])
  }
}
