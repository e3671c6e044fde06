import HubTestSupport
import Orders
import Testing

@Suite struct SessionTests {
  @Test func aUserOfTheCommandLineLogsInRefreshesAndLogsOut() async throws {
    let hub = try await Hub.shared()
    var ada = try hub.caller()
    ada.token = nil
    let (tenant, password) = (ada.tenant, "correct horse battery")
    let names = ["--tenant", tenant, "--user", "ada"]
    let added = try await CommandLineRun.orderhub(
      ["user", "add", "--role", "admin"] + names, hub: hub, input: password + "\n")
    #expect(added.status == 0, "\(added)")
    #expect(try await CommandLineRun.orderhub(["user", "list", "--tenant", tenant], hub: hub).output == "ada  admin\n")
    let again = try await CommandLineRun.orderhub(
      ["user", "add", "--role", "admin"] + names, hub: hub, input: password + "\n")
    #expect(again.status == 1)
    let short = try await CommandLineRun.orderhub(["user", "passwd"] + names, hub: hub, input: "short\n")
    #expect(short.status == 2)

    func login(_ password: String, user: String = "ada") async throws -> Reply {
      try await ada.post("/api/auth/login", #"{"tenant":"\#(tenant)","user":"\#(user)","password":"\#(password)"}"#)
    }
    func refresh(_ token: Document) async throws -> Reply {
      try await ada.post("/api/auth/refresh", #"{"refreshToken":"\#(token.text)"}"#)
    }
    let wrong = try await login("wrong horse battery")
    let unknown = try await login(password, user: "eve")
    #expect(wrong.outcome == "401 invalid_credentials")
    #expect([unknown["detail"], unknown["code"]] == [wrong["detail"], wrong["code"]])

    let first = try await login(password)
    #expect(first.status == 200)
    #expect(first["user"] == ["tenant": .string(tenant), "user": "ada", "role": "admin"])
    #expect(first.headers["cache-control"] == "no-store")
    var known = ada
    known.token = first["token"].text
    #expect(try await known.get("/api/orders").status == 200)

    let second = try await refresh(first["refreshToken"])
    #expect(second.status == 200)
    #expect(second["refreshToken"] != first["refreshToken"])
    let next = try await refresh(second["refreshToken"])
    #expect(next.status == 200)
    // A token from before the last is used again: someone has stolen one, so the whole session ends.
    #expect(try await refresh(first["refreshToken"]).outcome == "401 refresh_token_reused")
    #expect(try await refresh(next["refreshToken"]).status == 401)

    let third = try await login(password)
    let out = try await ada.post("/api/auth/logout", #"{"refreshToken":"\#(third["refreshToken"].text)"}"#)
    #expect(out.status == 200)
    #expect(try await refresh(third["refreshToken"]).status == 401)

    let fourth = try await login(password)
    let changed = try await CommandLineRun.orderhub(["user", "passwd"] + names, hub: hub, input: "another horse\n")
    #expect(changed.status == 0)
    #expect(try await refresh(fourth["refreshToken"]).status == 401)
    #expect(try await login(password).status == 401)
    #expect(try await login("another horse").status == 200)
    let nobody = try await CommandLineRun.orderhub(
      ["user", "passwd", "--tenant", tenant, "--user", "eve"], hub: hub, input: "another horse\n")
    #expect(nobody.status == 1)
  }

  @Test(arguments: [
    "{}", #"{"tenant":"t","user":"u"}"#, #"{"tenant":{"$gt":""},"user":"u","password":"p"}"#,
    #"{"tenant":"t","user":{"$ne":null},"password":{"$ne":null}}"#, #"{"refreshToken":"x"}"#,
  ])
  func aLoginThatIsNoneIsRefused(body: String) async throws {
    var ada = try await Hub.shared().caller()
    ada.token = nil
    #expect(try await ada.post("/api/auth/login", body).status == 422)
    #expect(try await ada.post("/api/auth/refresh", #"{"refreshToken":{"$ne":""}}"#).status == 422)
    #expect(try await ada.post("/api/auth/refresh", #"{"refreshToken":"nonesuch"}"#).status == 401)
  }
}
