// swift-tools-version: 6.3
import PackageDescription

/// Every target of ours: language mode 6, complete concurrency checking, and no hidden imports.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library from Debian; only its one wrapper target may depend on it.
func cLibrary(_ name: String, pkgConfig: String? = nil, package: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [], settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict + settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "orderhub",
  products: [
    .executable(name: "orderhub", targets: ["orderhub"]),
    .executable(name: "orderhub-load", targets: ["orderhub-load"]),
    // For tests: see Tests/StandStill
    .library(name: "StandStill", type: .dynamic, targets: ["StandStill"]),
  ],
  targets: [
    // C libraries
    .systemLibrary(name: "CSystem", path: "Sources/CLibraries/CSystem"),
    cLibrary("CMongoc", pkgConfig: "libmongoc-1.0", package: "libmongoc-dev"),
    cLibrary("CHiredis", pkgConfig: "hiredis", package: "libhiredis-dev"),
    cLibrary("CMicrohttpd", pkgConfig: "libmicrohttpd", package: "libmicrohttpd-dev"),
    cLibrary("CWslay", package: "libwslay-dev"),
    cLibrary("CEpoll", package: "libc6-dev"),
    cLibrary("CJWT", pkgConfig: "libjwt", package: "libjwt-dev"),
    cLibrary("CArgon2", pkgConfig: "libargon2", package: "libargon2-dev"),
    cLibrary("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    cLibrary("CSSL", pkgConfig: "libssl", package: "libssl-dev"),
    // Compiled, and not only described: its header must not show ICU's own.
    .target(
      name: "CUnicode", path: "Sources/CLibraries/CUnicode",
      // Debian 12's Valgrind, which the cost tests use, cannot read DWARF 5 of Clang's.
      cSettings: [.unsafeFlags(["-gdwarf-4"])], linkerSettings: [.linkedLibrary("icuuc")]),
    cLibrary("CMarkdown", pkgConfig: "libcmark-gfm", package: "libcmark-gfm-extensions-dev"),
    // The documents' bytes, compiled in.
    .target(name: "CDocuments", path: "Sources/CLibraries/CDocuments", cSettings: [.unsafeFlags(["-gdwarf-4"])]),

    // The domain, and what every part speaks in
    module("Orders"),
    module("Spelling", ["Orders", "CUnicode"]),
    module("HubContracts", ["Orders"]),
    module("HubWire", ["Orders", "HubContracts"]),
    module(
      "HubRuntime", ["Orders", "HubContracts", "HubWire", "CCrypto", "CSystem"],
      settings: [.define("TEST_FAULTS", .when(configuration: .debug))]),

    // Adapters: they never import each other
    module("MongoStore", ["Orders", "Spelling", "HubContracts", "HubRuntime", "HubWire", "CMongoc"]),
    module(
      "RedisHub", ["Orders", "HubContracts", "HubRuntime", "HubWire", "CHiredis", "CSSL"],
      resources: [.embedInCode("Scripts")]),
    module("HTTPServer", ["Orders", "HubContracts", "HubRuntime", "CMicrohttpd"]),
    module("Credentials", ["Orders", "Spelling", "HubContracts", "HubWire", "HubRuntime", "CJWT", "CArgon2"]),
    module("SocketLoop", ["HubContracts", "HubRuntime", "CEpoll"]),
    module("Documents", ["Orders", "HubContracts", "CMarkdown", "CDocuments"]),

    // What the processes do
    module("OrderDesk", ["Orders", "HubContracts", "HubWire", "HubRuntime"]),
    module("API", ["Orders", "HubContracts", "HubWire", "HubRuntime", "OrderDesk"]),
    module("LiveProtocol", ["Orders", "CWslay"]),
    module("EngineIO", ["Orders", "LiveProtocol"]),
    module("EngineServer", ["Orders", "EngineIO", "LiveProtocol", "SocketLoop", "HubContracts", "HubRuntime"]),
    module(
      "Live",
      ["Orders", "HubContracts", "HubWire", "HubRuntime", "SocketLoop", "LiveProtocol", "EngineIO", "EngineServer"]),
    module("Worker", ["Orders", "HubContracts", "HubWire", "HubRuntime", "OrderDesk"]),
    .executableTarget(
      name: "orderhub",
      dependencies: [
        "Orders", "HubContracts", "HubWire", "HubRuntime", "MongoStore", "RedisHub", "HTTPServer",
        "Credentials", "Documents", "OrderDesk", "API", "Live", "Worker",
      ], exclude: ["Documentation.docc"], swiftSettings: strict),

    // A load test for whoever runs a hub
    .executableTarget(
      name: "orderhub-load",
      dependencies: [
        "Orders", "HubContracts", "HubWire", "HubRuntime", "Credentials", "SocketLoop",
      ], path: "LoadTests/orderhub-load", swiftSettings: strict),

    // What the protocols' own test suites run against
    .executableTarget(
      name: "live-echo",
      dependencies: [
        "Orders", "HubContracts", "HubRuntime", "HTTPServer", "SocketLoop", "LiveProtocol", "EngineIO", "EngineServer",
      ], swiftSettings: strict),

    // Tests mirror the sources; those that need a server use the real one
    .target(name: "StandStill", path: "Tests/StandStill"),
    .target(
      name: "HubTestSupport", dependencies: ["HubRuntime", "Orders", "HubContracts", "HubWire"],
      path: "Tests/HubTestSupport", swiftSettings: strict),
    tests("OrdersTests", ["Orders", "HubTestSupport"]),
    tests("SpellingTests", ["Spelling", "Orders"]),
    tests("HubWireTests", ["HubWire", "HubContracts", "Orders", "HubTestSupport"]),
    tests("HubRuntimeTests", ["HubRuntime", "HubContracts", "Orders", "HubTestSupport"]),
    tests("HTTPServerTests", ["HTTPServer", "Orders", "HubContracts", "HubRuntime", "HubTestSupport"]),
    tests("CredentialsTests", ["Credentials", "HubContracts", "HubRuntime", "Orders", "HubTestSupport"]),
    tests("DocumentsTests", ["Documents", "HubContracts", "Orders"]),
    tests(
      "MongoStoreTests",
      ["MongoStore", "Orders", "Spelling", "HubContracts", "HubRuntime", "HubWire", "HubTestSupport"]),
    tests("RedisHubTests", ["RedisHub", "Orders", "HubContracts", "HubRuntime", "HubWire", "HubTestSupport"]),
    tests("EngineIOTests", ["EngineIO", "Orders", "HubTestSupport"]),
    tests(
      "EngineServerTests",
      [
        "EngineServer", "EngineIO", "LiveProtocol", "SocketLoop", "HTTPServer", "HubContracts", "HubRuntime", "Orders",
        "HubTestSupport",
      ]),
    tests(
      "LiveTests",
      [
        "Live", "LiveProtocol", "SocketLoop", "EngineServer", "HTTPServer", "HubContracts", "HubRuntime", "HubWire",
        "Orders", "HubTestSupport",
      ]),
    tests(
      "OrderDeskTests",
      [
        "OrderDesk", "Worker", "MongoStore", "RedisHub", "HubTestSupport", "Orders", "HubContracts", "HubRuntime",
        "HubWire",
      ]),
    tests(
      "APITests",
      [
        "API", "OrderDesk", "MongoStore", "RedisHub", "Credentials", "Documents", "HubTestSupport", "Orders",
        "HubContracts", "HubRuntime", "HubWire",
      ]),
    tests(
      "IntegrationTests",
      [
        "HubTestSupport", "MongoStore", "RedisHub", "OrderDesk", "Orders", "HubContracts", "HubRuntime", "HubWire",
        "Credentials",
      ], exclude: ["Clients"]),
    tests(
      "HubFaultTests",
      ["HubTestSupport", "MongoStore", "RedisHub", "Credentials", "Orders", "HubContracts", "HubRuntime"]),
    tests("OrderHubLoadTests", ["orderhub-load", "HubContracts", "SocketLoop", "HubTestSupport"]),
    tests("TidyTests", ["HubTestSupport"]),
  ]
)
