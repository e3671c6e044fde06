import CDocuments
public import HubContracts
public import Orders

/// The catalogue that the program was built with: `Sources/orderhub/Documentation.docc`.
public struct EmbeddedDocuments: DocumentShelf {
  /// The pages, by their names and in their order, and what stands in them.
  private let pages: [(name: String, bytes: [UInt8])]
  private let images: [(name: String, bytes: SharedBytes)]

  /// Takes what the program has; nothing is made yet.
  public init() {
    var pages: [(String, [UInt8])] = []
    var images: [(String, SharedBytes)] = []
    for index in 0..<hub_document_count() {
      let document = hub_document_at(index)
      let bytes = Array(UnsafeBufferPointer(start: document.bytes, count: document.count))
      let name = String(cString: document.name)
      if Text(name).hasSuffix(".md") {
        pages.append((String(decoding: name.utf8.dropLast(3), as: UTF8.self), bytes))
      } else {
        images.append((name, SharedBytes(bytes)))
      }
    }
    self.pages = pages
    self.images = images
  }

  /// The pages' names, in their order.
  public var names: [String] { pages.map(\.name) }

  /// The pictures' names.
  public var pictures: [String] { images.map(\.name) }

  /// A page as HTML.
  public func page(_ name: Text) -> DocumentPage? {
    guard let index = pages.firstIndex(where: { Text($0.name) == name }) else { return nil }
    let links = DocumentLinks(names: names.map { Text($0) }, isStart: index == 0)
    return MarkdownPage(pages[index].bytes, links).rendered
  }

  /// A picture.
  public func picture(_ name: Text) -> SharedBytes? { images.first { Text($0.name) == name }?.bytes }

  /// A page as it is written, for tests.
  func source(_ name: Text) -> [UInt8]? { pages.first { Text($0.name) == name }?.bytes }
}
