import HubContracts
import Orders
import Testing

@testable import HubWire

/// A change of a tenant's settings: what is merged, what is told, what is refused.
@Suite struct TenantPatchTests {
  private static let tenant = TenantID("shop-1").unsafelyUnwrapped
  private static let rules = TenantRules(
    isTimeZone: { ["Asia/Kolkata", "UTC"].contains($0) }, workflows: [.delivery])
  private static let now = Timestamp(millis: 1_780_000_000_000)

  private func json(_ text: String) throws -> JSON { try JSONParser.parse(Array(text.utf8)) }

  private func settings(_ text: String, secrets: [Text] = []) throws -> TenantSettings {
    try TenantSettings(
      TenantRecord(
        tenant: Self.tenant, version: 3, revision: 4, settings: Array(text.utf8),
        secrets: secrets.map { TenantSecret(path: $0, sealed: SealedSecret(keyID: "k", nonce: [], box: [])) },
        updatedAt: Self.now, updatedBy: UserID("ada").unsafelyUnwrapped))
  }

  private func patch(_ text: String, to before: TenantSettings? = nil) throws -> TenantPatch {
    try TenantPatch(
      json(text), to: before ?? TenantSettings(noneOf: Self.tenant), by: Self.rules, at: Self.now)
  }

  private func problems(_ text: String, to before: TenantSettings? = nil) -> [String] {
    do {
      _ = try patch(text, to: before)
      return []
    } catch let refusal as Refusal {
      return refusal.fields.map { "\($0.path): \($0.message)" }
    } catch { return ["\(error)"] }
  }

  @Test func whatIsNamedIsSetAndTheRestStays() throws {
    let before = try settings(#"{"timeZone":"UTC","store":{"name":"A","phone":"1"}}"#)
    let change = try patch(#"{"currency":"INR","store":{"name":" Zoë "}}"#, to: before)
    #expect(change.merged == (try json(#"{"timeZone":"UTC","currency":"INR","store":{"name":"Zoë","phone":"1"}}"#)))
    #expect(change.changed == ["currency", "store.name"])
    #expect(change.newSecrets.isEmpty && change.goneSecrets.isEmpty)
    let again = try settings(String(decoding: change.merged.encoded, as: UTF8.self))
    #expect(again.currency == Currency("INR") && again.timeZone == "UTC" && again.text(at: "store.name") == "Zoë")
    #expect(
      try patch(#"{"currency":"INR","store":{"phone":"1"},"smtp":null,"branding":{}}"#, to: again).changed.isEmpty)
  }

  @Test func nullTakesAwayAndWithItWhatItHolds() throws {
    let before = try settings(
      #"{"carriers":{"a":{"account":"x","secret":{"set":true,"setAt":"2026-01-01T00:00:00.000Z"}},"b":{"account":"y"}}}"#,
      secrets: ["carriers.a.secret"])
    let one = try patch(#"{"carriers":{"a":{"secret":null}}}"#, to: before)
    #expect(one.changed == ["carriers.a.secret"] && one.goneSecrets == ["carriers.a.secret"])
    #expect(one.merged == (try json(#"{"carriers":{"a":{"account":"x"},"b":{"account":"y"}}}"#)))
    let all = try patch(#"{"carriers":null,"pos":null}"#, to: before)
    #expect(all.changed == ["carriers.a.account", "carriers.a.secret", "carriers.b.account"])
    #expect(all.goneSecrets == ["carriers.a.secret"] && all.merged == .object([]))
    let last = try patch(#"{"carriers":{"a":null,"b":{"account":null}}}"#, to: before)
    #expect(last.merged == .object([]), "nothing is left of it")
  }

  @Test func aSecretIsApartFromWhatIsShown() throws {
    let change = try patch(#"{"carriers":{"generic":{"secret":"whsec_hidden"}},"escrow":{"secret":" hidden "}}"#)
    #expect(change.newSecrets.map(\.path) == ["carriers.generic.secret", "escrow.secret"])
    #expect(change.newSecrets.map(\.secret) == ["whsec_hidden", " hidden "], "each byte counts")
    let shown = String(decoding: change.merged.encoded, as: UTF8.self)
    #expect(!shown.contains("hidden"))
    #expect(
      change.merged["escrow"]
        == (try json(#"{"secret":{"set":true,"setAt":"\#(Self.now.rfc3339)"}}"#)))
    // Set anew, it is a change though nobody can see one.
    let before = try settings(shown, secrets: ["carriers.generic.secret", "escrow.secret"])
    #expect(try patch(#"{"escrow":{"secret":" hidden "}}"#, to: before).changed == ["escrow.secret"])
  }

  @Test func aWholeNumberIsOneHoweverItIsWritten() throws {
    let change = try patch(#"{"smtp":{"port":587.0},"alerts":{"late":{"threshold":0.350,"minimumOrders":1e1}}}"#)
    #expect(change.merged["smtp"]?["port"] == .number("587"))
    #expect(change.merged["alerts"]?["late"] == (try json(#"{"threshold":0.35,"minimumOrders":10}"#)))
  }

  @Test func aListIsReplacedAsAWhole() throws {
    let before = try settings(#"{"store":{"openingHours":{"monday":[{"from":"08:00","to":"12:00"}]}}}"#)
    let change = try patch(
      #"{"store":{"openingHours":{"monday":[{"from":"09:00","to":"12:00"},{"from":"22:00","to":"02:00"}],"friday":[]}}}"#,
      to: before)
    #expect(change.changed == ["store.openingHours.monday", "store.openingHours.friday"])
    #expect(
      change.merged["store"]?["openingHours"]?["monday"]
        == (try json(#"[{"from":"09:00","to":"12:00"},{"from":"22:00","to":"02:00"}]"#)))
  }

  @Test func whatALaterVersionSetStays() throws {
    let before = try settings(#"{"ofLater":{"a":[1]},"currency":"ZZZ","store":{"also":true,"name":"A"}}"#)
    #expect(before.currency == nil, "nobody here knows it")
    let change = try patch(#"{"store":{"name":"B"}}"#, to: before)
    #expect(change.merged == (try json(#"{"currency":"ZZZ","store":{"name":"B","also":true},"ofLater":{"a":[1]}}"#)))
    #expect(try patch(#"{"store":null}"#, to: before).changed == ["store.also", "store.name"])
  }

  @Test func allThatIsWrongIsSaidAtOnceByField() {
    let said = problems(
      #"""
      {"currency":"XQX","timeZone":"../../etc/passwd","defaultWorkflow":"shop","colour":1,
      "store":{"name":" ","phone":7,"email":"a@b@c","openingHours":{"monday":[{"from":"25:00","till":"1"},null]}},
      "alerts":{"late":{"threshold":-1,"windowMinutes":1.5,"enabled":"yes"}},
      "smtp":{"port":0,"security":"maybe","password":{"set":true}},"carriers":{"a b":{"account":"x"}},
      "escrow":{"secret":""},"payments":[],"branding":{"color":"red","logoUrl":"http://x"}}
      """#)
    let paths = said.map { $0.prefix { $0 != ":" } }
    #expect(
      paths == [
        "currency", "timeZone", "defaultWorkflow", "colour", "store.name", "store.phone", "store.email",
        "store.openingHours.monday[0].from", "store.openingHours.monday[0].till", "store.openingHours.monday[1]",
        "alerts.late.threshold", "alerts.late.windowMinutes", "alerts.late.enabled", "smtp.port", "smtp.security",
        "smtp.password", "carriers.a b", "escrow.secret", "payments", "branding.color", "branding.logoUrl",
      ])
    #expect(said[3].hasPrefix("colour: is not known here; known are alerts, branding, carriers, currency,"))
    #expect(said[2] == "defaultWorkflow: there is no workflow \"shop\"; there are delivery")
  }

  @Test(arguments: ["/etc/localtime", "", "../UTC", "Asia/Kolkata ", "Europe/Nowhere", "a\u{0}b"])
  func aZoneThatIsNoneIsRefused(zone: String) {
    #expect(problems(#"{"timeZone":"\#(zone)"}"#).count == 1)
  }

  @Test(arguments: ["[]", "7", #""x""#, "true", "null"]) func onlyAnObjectIsAChange(body: String) {
    #expect(problems(body).count == 1)
  }

  @Test func noMessageShowsASecret() {
    let long = String(repeating: "hidden", count: 1_000)
    for body in [
      #"{"escrow":{"secret":"\#(long)"},"currency":1}"#, #"{"escrow":{"secret":["hidden"]}}"#,
      #"{"pos":{"secrets":{"k":{"hidden":1}}}}"#,
    ] {
      let said = problems(body)
      #expect(!said.isEmpty && !said.contains { $0.contains("hidden") }, "\(said)")
    }
  }

  @Test func thereAreLimits() throws {
    let names = (0..<21).map { #""p\#($0)":{"account":"x"}"# }.joined(separator: ",")
    #expect(problems("{\"payments\":{\(names)}}") == ["payments: has 21 names; at most 20 are allowed"])
    // What goes makes room for what comes.
    let full = try settings("{\"payments\":{\(names.replacing(#","p20":{"account":"x"}"#, with: ""))}}")
    #expect(problems(#"{"payments":{"p0":null,"new":{"account":"y"}}}"#, to: full) == [])
    #expect(problems(#"{"payments":{"new":{"account":"y"}}}"#, to: full).count == 1)
    let hours = (0..<7).map { _ in #"{"from":"09:00","to":"10:00"}"# }.joined(separator: ",")
    #expect(problems("{\"store\":{\"openingHours\":{\"sunday\":[\(hours)]}}}").count == 1)
    #expect(problems(#"{"store":{"name":"\#(String(repeating: "é", count: 200))"}}"#) == [])
    #expect(problems(#"{"store":{"name":"\#(String(repeating: "é", count: 201))"}}"#).count == 1)
    let url = "https://x.example/" + String(repeating: "a", count: 480)
    let carriers = (0..<50).map { #""c\#($0)":{"url":"\#(url)","account":"\#(String(repeating: "a", count: 200))"}"# }
    let alerts = (0..<50).map { #""a\#($0)":{"threshold":0.000001,"windowMinutes":10080,"minimumOrders":1000000}"# }
    let events = (0..<100).map { index in
      #""e\#(index)\#(String(repeating: "x", count: 60))":{"live":false,"mail":false,"sms":false,"webhook":false,"push":false}"#
    }
    let much = [("carriers", carriers), ("alerts", alerts), ("notifications", events)].map { name, values in
      "\"\(name)\":{\(values.joined(separator: ","))}"
    }
    #expect(problems("{\(much.joined(separator: ","))}").count == 0)
    let provider = (0..<20).map { #""p\#($0)":{"url":"\#(url)","publicKey":"\#(String(repeating: "k", count: 200))"}"# }
    let all = much + ["\"payments\":{\(provider.joined(separator: ","))}"]
    #expect(problems("{\(all.joined(separator: ","))}").map { $0.prefix(30) } == ["body: the settings would have "])
  }

  @Test func membersAreNamedOnceAndNothingInAListIsSecret() {
    func check(_ value: TenantValue, _ path: String, inList: Bool) {
      switch value {
      case .group(let table):
        #expect(Set(table.map(\.name)).count == table.count, "\(path)")
        for row in table {
          #expect(TenantForm.name.allows(Text(row.name)), "\(path)")
          check(row.value, "\(path).\(row.name)", inList: inList)
        }
      case .named(_, let inner): check(inner, path, inList: inList)
      case .list(_, let inner): check(inner, path, inList: true)
      case .secret: #expect(!inList, "\(path)")
      default: break
      }
    }
    check(.group(TenantMembers.all), "", inList: false)
    let own = ["id", "version", "updatedAt", "updatedBy", "inForce"]
    #expect(Set(own).isDisjoint(with: TenantMembers.all.map(\.name)))
  }
}
