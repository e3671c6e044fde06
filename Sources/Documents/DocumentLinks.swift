import Orders

/// Where the links of a page lead when it is served.
///
/// In the catalogue a page names another one by its file, as in `live.md#events`: so a plain view of the files follows it
/// too. The start is served at `/docs` and the others at `/docs/NAME`, perhaps behind a proxy that puts a path before
/// both; so links are relative.
struct DocumentLinks {
  /// The pages' names; the first is the start.
  let names: [Text]
  /// Whether the page in question is the start.
  let isStart: Bool

  /// What a link becomes: an address, or nil for what is not served: a file of the repository.
  func address(of target: Text) -> Text? {
    let bytes = Array(target.utf8)
    if bytes.first == UInt8(ascii: "#") || Self.isAbsolute(bytes) { return target }
    let parts = bytes.split(separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
    let fragment = parts.count == 2 ? [UInt8(ascii: "#")] + parts[1] : []
    guard let file = Text(validating: Array(parts[0])), let place = place(of: file) else { return nil }
    return Text(validating: Array(place.utf8) + fragment)
  }

  private func place(of file: Text) -> Text? {
    if file.hasSuffix(".svg"), !file.utf8.contains(UInt8(ascii: "/")) {
      return isStart ? "docs/\(file)" : file
    }
    guard let index = names.firstIndex(where: { "\($0).md" as Text == file }) else { return nil }
    switch (index == 0, isStart) {
    case (true, true): return "docs"
    case (true, false): return "../docs"
    case (false, true): return "docs/\(names[index])"
    case (false, false): return names[index]
    }
  }

  private static func isAbsolute(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "https://".utf8) || bytes.starts(with: "http://".utf8) || bytes.starts(with: "mailto:".utf8)
  }
}
