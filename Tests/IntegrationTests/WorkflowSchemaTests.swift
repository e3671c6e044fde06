import Foundation
import HubTestSupport
import HubWire
import Orders
import Testing

/// The format that the hub describes, held by a validator of somebody else's against what its reader takes.
@Suite struct WorkflowSchemaTests {
  /// What the hub's own reader says of a definition.
  private enum Verdict {
    case sound
    /// A part is wrong by itself.
    case wrong([String])
    /// The parts are right and do not fit together, which no schema can say.
    case unfit

    init(_ json: JSON) {
      let document = WorkflowDocument(json)
      let messages = document.problems.map { Text($0.message) }
      if messages.isEmpty {
        self = .sound
      } else if messages == document.definition.defects.map({ Text($0.defect.description) }) {
        self = .unfit
      } else {
        self = .wrong(document.problems.map { "\($0.path): \($0.message)" })
      }
    }
  }

  @Test func theSchemaAndTheReaderTakeAndRefuseTheSame() async throws {
    let hub = try await Hub.shared()
    var nobody = try hub.caller()
    nobody.token = nil
    let schema = try await nobody.get("/schemas/workflow.json")
    #expect(schema.status == 200 && schema.headers["content-type"] == "application/schema+json")
    let whole = try JSONParser.parse(Array(DamagedWorkflows.whole.utf8))
    let builtIn = try [WorkflowDefinition.delivery, .pickup].map { try JSONParser.parse($0.json) }
    let documents = [whole] + builtIn + DamagedWorkflows.each(of: whole)
    let said = try await Self.check(documents, by: schema.text)
    #expect(said.count == documents.count && documents.count > 2_000)
    #expect(Array(said.prefix(3)) == ["", "", ""])
    var counts = (sound: 0, wrong: 0, unfit: 0)
    for (document, told) in zip(documents, said) {
      switch Verdict(document) {
      case .sound:
        counts.sound += 1
        #expect(told.isEmpty, "the reader takes it, the schema says: \(told)")
      case .wrong(let problems):
        counts.wrong += 1
        // That one number is more than another no schema can say.
        #expect(!told.isEmpty || problems.allSatisfy { $0.contains("is more than max") }, "\(problems)")
      case .unfit: counts.unfit += 1
      }
    }
    #expect(counts.sound > 50 && counts.wrong > 1_500 && counts.unfit > 20, "\(counts)")
  }

  @Test func theSchemaIsKeptByWhoeverHasItAlready() async throws {
    let hub = try await Hub.shared()
    let port = hub.apis[0].port
    try await onThread {
      let client = try RawClient(port: port)
      try client.request("GET", "/schemas/workflow.json")
      let first = try client.answer()
      let tag = try #require(first.headers["etag"])
      try client.request("GET", "/schemas/workflow.json", headers: ["If-None-Match: \(tag)"])
      let second = try client.answer()
      #expect(first.status == 200 && second.status == 304 && second.body.isEmpty)
      #expect(second.headers["etag"] == tag)
      // The connection is in step.
      try client.request("GET", "/healthz")
      #expect(try client.answer().status == 200)
    }
  }

  /// What a validator says of each document; empty where it fits.
  private static func check(_ documents: [JSON], by schema: String) async throws -> [String] {
    guard let python = ProcessInfo.processInfo.environment["ORDERHUB_TEST_PYTHON"] else {
      throw TestServerError("ORDERHUB_TEST_PYTHON is not set: run the tests with scripts/test")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("schema-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["schema.json", "documents.jsonl", "out", "err"].map { folder.appendingPathComponent($0) }
    try schema.write(to: files[0], atomically: false, encoding: .utf8)
    let lines = documents.map { DamagedWorkflows.text($0) + "\n" }.joined()
    try lines.write(to: files[1], atomically: false, encoding: .utf8)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Clients/check_schema.py")
    let status = try await onThread {
      try ChildProcess(
        python, [script.path, files[0].path, files[1].path], environment: ["PYTHONDONTWRITEBYTECODE": "1"],
        folder: folder, output: files[2], errors: files[3]
      ).wait()
    }
    guard status == 0 else {
      throw TestServerError("not checked: \((try? String(contentsOf: files[3], encoding: .utf8)) ?? "")")
    }
    let said = try String(contentsOf: files[2], encoding: .utf8)
    return said.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }
}
