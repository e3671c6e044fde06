import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// A mongod that takes TLS and nothing else, reached by what stands in the connection string.
@Suite(.serialized) struct TLSTests {
  private struct SafeMongo {
    let certificates: Certificates
    let server: ServerProcess

    init(for names: String = "DNS:localhost,IP:127.0.0.1") throws {
      let certificates = try Certificates()
      self.certificates = certificates
      let issued = try certificates.issue("mongod", for: names)
      server = try TestServers.mongod(more: [
        "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", issued.both, "--tlsCAFile", certificates.authority,
        // A client need not have a certificate of its own.
        "--tlsAllowConnectionsWithoutCertificates",
      ])
    }

    func uri(_ options: String, host: String = "127.0.0.1") -> String {
      "mongodb://\(host):\(server.port)/?\(options)"
    }

    func store(_ uri: String) throws -> MongoStore {
      MongoStore(
        try MongoOptions(uri: uri, database: "safe", threads: 2), log: Log(level: .error, sink: Silence()),
        metrics: Metrics())
    }
  }

  @Test func aStoreWorksOverTLS() async throws {
    let mongo = try SafeMongo()
    let tls = "tls=true&tlsCAFile=\(mongo.certificates.authority)"
    let direct = try MongoOptions(uri: mongo.uri("directConnection=true&\(tls)"), database: "admin", threads: 1)
    #expect(
      try await MongoStore.initiateReplicaSet(direct, name: "rs0", member: "localhost:\(mongo.server.port)"))
    let store = try mongo.store(mongo.uri("replicaSet=rs0&\(tls)", host: "localhost"))
    _ = try await store.migrate()
    #expect(try await store.migrate().isEmpty)
    await store.close()
  }

  /// Who is there, and what the hub was told of it.
  /// A mongod whose certificate has expired does not even start.
  enum Wrong: CaseIterable, Sendable { case otherAuthority, otherName, plain }

  @Test(arguments: Wrong.allCases) func whoeverIsNotTheRightServerIsRefused(wrong: Wrong) async throws {
    let mongo =
      switch wrong {
      case .otherName: try SafeMongo(for: "DNS:elsewhere.example")
      case .otherAuthority, .plain: try SafeMongo()
      }
    let other = try Certificates()
    let authority = wrong == .otherAuthority ? other.authority : mongo.certificates.authority
    let tls = wrong == .plain ? "" : "&tls=true&tlsCAFile=\(authority)"
    let store = try mongo.store(mongo.uri("directConnection=true&serverSelectionTimeoutMS=1000\(tls)"))
    await #expect(throws: StoreError.self) { try await store.migrate() }
    await store.close()
  }
}
