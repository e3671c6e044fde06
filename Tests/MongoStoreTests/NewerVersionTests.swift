import HubContracts
import HubRuntime
import Orders
import Testing

@testable import MongoStore

/// This version beside a newer one, whose indexes and validators stand already.
@Suite struct NewerVersionTests {
  private static let number = SchemaNumber.current + 1

  /// What a newer version does when it starts: its number, another validator, and an index that it has no use for any more.
  private func startNewer(_ store: MongoStore, dropping dropped: [(Collection, StaticString)]) async throws {
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("update", Collection.migrations.rawValue)
        $0.documents("updates", CollectionOfOne(Self.number)) { writer, number in
          writer.document("q") { $0.string("_id", SchemaNumber.key) }
          writer.document("u") { $0.document("$set") { $0.int64("step", number) } }
        }
      }
      _ = try worker.run(.plain) {
        $0.string("collMod", Collection.users.rawValue)
        $0.document("validator") { $0.document("$jsonSchema") { Validators.write([("name", .text)], to: &$0) } }
      }
      for (collection, index) in dropped {
        _ = try worker.run(.plain) {
          $0.string("dropIndexes", collection.rawValue)
          $0.string("index", index)
        }
      }
      // One that this version would drop.
      let obsolete = Indexes.Index(
        collection: .deliveries, name: "tenant_day", keys: [("tenantId", 1), ("day", 1), ("_id", -1)])
      _ = try worker.run(.plain) {
        $0.string("createIndexes", Collection.deliveries.rawValue)
        $0.documents("indexes", CollectionOfOne(obsolete)) { $1.write(to: &$0) }
      }
    }
  }

  /// All validators and the names of all indexes.
  private func schema(_ store: MongoStore) async throws -> [[UInt8]] {
    try await store.write { worker in
      try Collection.allCases.flatMap { collection in
        var found = try worker.run(.plain) {
          $0.int32("listCollections", 1)
          $0.document("filter") { $0.string("name", collection.rawValue) }
        }
        var collections = try found.document("cursor")
        let options = try collections.documents("firstBatch") { one throws(BSONError) -> [UInt8] in
          try one.find("options").map { Array($0.bytes) } ?? []
        }
        var reply = try worker.run(.plain) { $0.string("listIndexes", collection.rawValue) }
        var indexes = try reply.document("cursor")
        let names = try indexes.documents("firstBatch") { index throws(BSONError) -> [UInt8] in
          let name: Text = try index.string("name")
          return Array(name.utf8)
        }
        return options + names
      }
    }
  }

  @Test func whatANewerVersionMadeIsLeftAsItIs() async throws {
    try await withStore { store async throws in
      try await startNewer(
        store, dropping: [(.invoices, "delivery_credit"), (.outbox, Indexes.formBefore), (.sessions, "expires")])
      let before = try await schema(store)
      #expect(try await store.migrate() == [])
      #expect(try await store.keepSchema() == [])
      #expect(try await schema(store) == before)
    }
  }

  @Test func anIndexThatReadsNameIsMadeAtStartAndNotAgainAndAgain() async throws {
    try await withStore { store async throws in
      try await startNewer(store, dropping: [(.orders, Indexes.total)])
      #expect(try await store.keepSchema() == [])
      #expect(try await store.migrate() == ["index tenant_total of orders"])
      #expect(try await store.migrate() == [])
    }
  }

  @Test func anIndexThatANewerVersionHasByAnotherNameIsItsOwn() async throws {
    try await withStore { store async throws in
      try await startNewer(store, dropping: [(.orders, Indexes.total)])
      try await store.write { worker in
        let index = Indexes.Index(
          collection: .orders, name: "total_2", keys: [("tenantId", 1), ("total", 1), ("_id", 1)])
        _ = try worker.run(.plain) {
          $0.string("createIndexes", Collection.orders.rawValue)
          $0.documents("indexes", CollectionOfOne(index)) { $1.write(to: &$0) }
        }
      }
      #expect(try await store.migrate() == [])
    }
  }

  @Test func aCollectionThatIsMissingIsMadeWhole() async throws {
    try await withStore { store async throws in
      try await startNewer(store, dropping: [])
      try await store.write { worker in
        _ = try worker.run(.plain) { $0.string("drop", Collection.sessions.rawValue) }
      }
      #expect(try await store.keepSchema() == [])
      let made = try await store.migrate()
      #expect(made.first == "collection sessions" && made.contains("index token of sessions"), "\(made)")
    }
  }

  @Test func theNumberOfTheNewestThatMadeItsOwnIsKept() async throws {
    try await withStore { store async throws in
      func number() async throws -> Int64? {
        try await store.read { worker in
          try worker.findOne(.migrations, { one throws(BSONError) -> Int64 in try one.integer("step") }) {
            $0.string("_id", SchemaNumber.key)
          }
        }
      }
      #expect(try await number() == SchemaNumber.current)
      try await startNewer(store, dropping: [])
      _ = try await store.migrate()
      #expect(try await number() == Self.number)
    }
  }

  /// Who changes indexes or validators raises `SchemaNumber.current`, and notes here what belongs to it: else processes of
  /// the version before would undo the change.
  @Test func indexesAndValidatorsHaveANumberOfTheirOwn() {
    var writer = BSONWriter()
    let place = writer.root { writer in
      for collection in Collection.allCases {
        writer.document("validator") { Validators.write(Validators.rules(of: collection), to: &$0) }
      }
      for index in Indexes.all {
        writer.string("of", index.collection.rawValue)
        writer.document("index") { index.write(to: &$0) }
      }
      for index in Indexes.obsolete {
        for word in [index.collection.rawValue, "\(index.name)", "\(index.field)"] { writer.string("gone", word) }
      }
    }
    let digest = Digest.sha256Hex(Array(writer.bytes(place)))
    #expect(SchemaNumber.current == 3)
    #expect(digest.prefix(16) == "86b757b9c7e28bc6", "raise SchemaNumber.current, and put this digest here: \(digest)")
  }
}
