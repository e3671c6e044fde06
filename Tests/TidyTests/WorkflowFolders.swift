import Foundation

/// Each workflow has a folder `Workflows/<Name>` in each layer. What it declares there is named there alone: not by the rest of
/// the hub, which knows workflows as data, nor by another workflow. Files that lie in `Workflows` itself are the lists of
/// them.
struct WorkflowFolders {
  /// The sources by path, without comments and literals.
  private let sources: [String: String]

  init(_ sources: [String: String]) { self.sources = sources.mapValues(Self.code) }

  /// The workflow whose folder a file lies in; nil if it lies in none. An empty name is that of the lists.
  static func workflow(of file: String) -> String? {
    let parts = file.split(separator: "/").map(String.init)
    guard let place = parts.firstIndex(of: "Workflows") else { return nil }
    return place + 2 < parts.count ? parts[place + 1] : ""
  }

  /// All workflows that have a folder.
  var names: Set<String> { Set(sources.keys.compactMap(Self.workflow)).subtracting([""]) }

  /// What is wrong, a line each.
  var breaches: [String] {
    var homes: [String: Set<String?>] = [:]
    for (file, code) in sources {
      for type in Self.declared(code) { homes[type, default: []].insert(Self.workflow(of: file)) }
    }
    // A name that is declared elsewhere too may mean either.
    let owned = homes.compactMapValues { $0.count == 1 ? $0.first ?? nil : nil }.filter { !$0.value.isEmpty }
    var found: [String] = []
    for (file, code) in sources {
      let own = Self.workflow(of: file)
      if own == "" { continue }
      for type in Self.named(code) {
        if let owner = owned[type], owner != own { found.append("\(file): names \(type) of the workflow \(owner)") }
      }
    }
    return found.sorted()
  }

  private static func code(_ text: String) -> String {
    text.replacing(#/"(?:\\.|[^"\\\n])*"/#, with: "").replacing(#/\/\/.*/#, with: "")
  }

  private static func declared(_ code: String) -> [String] {
    code.split(separator: "\n").compactMap { line in
      let pattern =
        #/^(?:(?:public|package|fileprivate|private|final|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/#
      return line.prefixMatch(of: pattern).map { String($0.1) }
    }
  }

  private static func named(_ code: String) -> Set<String> {
    Set(code.matches(of: #/\b[A-Z]\w+/#).map { String($0.0) })
  }
}
