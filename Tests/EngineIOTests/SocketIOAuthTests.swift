import EngineIO
import Orders
import Testing

@Suite struct SocketIOAuthTests {
  private func read(_ json: String) throws(SocketIOFault) -> SocketIOAuth {
    try SocketIOAuth(Array(json.utf8), options: SocketIOOptions())
  }

  @Test func readsWhatIsThere() throws {
    let auth = try read(#"{"x":[1],"t\u006fken":"a\"b","pid":"p","offset":"7-0"}"#)
    #expect(auth.token == "a\"b")
    #expect(auth.pid == "p")
    #expect(auth.offset == "7-0")
    let none = try read("{}")
    #expect(none.token == nil && none.pid == nil && none.offset == nil)
  }

  @Test func aMarkMakesAnotherMember() throws {
    let auth = try read("{\"token\u{301}\":1,\"token\":\"e\u{301}\"}")
    #expect(auth.token == "e\u{301}")
    #expect(auth.token != "\u{e9}")
  }

  @Test(arguments: [
    "", "[]", "{\"token\":1}", "{\"token\":null}", "{\"pid\":{}}", #"{"token":"a","token":"b"}"#,
    #"{"token":"\ud800"}"#,
    #"{"token":"a""#,
  ])
  func refusesWhatIsNotThat(json: String) {
    #expect(throws: SocketIOFault.badPayload) { try read(json) }
  }
}
