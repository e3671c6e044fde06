import HubContracts
import HubRuntime
import Orders

/// The scripts that run inside Redis; `Scripts/` has their text. Beside each stand its keys, arguments and replies.
enum Script: Int, CaseIterable {
  case publishOrder, fillOrder, fillDocument, publishTally, fillTally, unlock, rateLimit, newestEntries

  /// Its text.
  var source: [UInt8] {
    switch self {
    case .publishOrder: PackageResources.publish_order_lua
    case .fillOrder: PackageResources.fill_order_lua
    case .fillDocument: PackageResources.fill_document_lua
    case .publishTally: PackageResources.publish_tally_lua
    case .fillTally: PackageResources.fill_tally_lua
    case .unlock: PackageResources.unlock_lua
    case .rateLimit: PackageResources.rate_limit_lua
    case .newestEntries: PackageResources.newest_entries_lua
    }
  }

  /// Loads all of them; each reply is a digest.
  static var loading: Pipeline {
    var pipeline = Pipeline(room: 16 << 10)
    for script in allCases {
      pipeline.command("SCRIPT", arguments: 3)
      pipeline.text("LOAD")
      pipeline.data(script.source)
    }
    return pipeline
  }

  /// Begins a call; its keys and then its arguments must follow.
  func add(to pipeline: inout Pipeline, digests: [[UInt8]], keys: Int, arguments: Int) {
    pipeline.command("EVALSHA", arguments: 3 + keys + arguments)
    pipeline.data(rawValue < digests.count ? digests[rawValue] : [])
    pipeline.number(Int64(keys))
  }
}

/// A call of a script, written out when the digests are known.
protocol ScriptCall: Sendable {
  /// Adds one command.
  func add(to pipeline: inout Pipeline, digests: [[UInt8]])
}

extension RedisLink {
  /// Calls scripts in one go and gives a reply each. Where the server has lost its scripts, it is given them again and
  /// is asked again from the first call that failed on: each call may be made twice, and later ones may rest on it.
  func call(_ calls: [some ScriptCall]) async throws(CacheUnavailable) -> [RedisReply] {
    let digests = shared.digests.with { $0 }
    var replies = try await send(Self.pipeline(calls[...], digests))
    if let lost = replies.firstIndex(where: { $0.error?.hasPrefix("NOSCRIPT") == true }) {
      var pipeline = Script.loading
      pipeline.append(Self.pipeline(calls[lost...], digests))
      let again = try await send(pipeline)
      replies = Array(replies[..<lost]) + Array(again.dropFirst(Script.allCases.count))
    }
    for reply in replies {
      if let error = reply.error { throw CacheUnavailable(error) }
    }
    return replies
  }

  private static func pipeline(_ calls: ArraySlice<some ScriptCall>, _ digests: [[UInt8]]) -> Pipeline {
    var pipeline = Pipeline(room: 1_024 * calls.count)
    for call in calls { call.add(to: &pipeline, digests: digests) }
    return pipeline
  }
}
