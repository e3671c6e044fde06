public import Orders

/// A page of the documents, made for a browser.
public struct DocumentPage: Sendable {
  /// What it is about: its first heading, as plain text.
  public let title: String
  /// What it says, as HTML without a frame: no scripts, no styles, everything escaped.
  public let html: String
  /// Describes a page.
  public init(title: String, html: String) {
    self.title = title
    self.html = html
  }
}

/// The documents that the hub brings along: pages in Markdown, and the pictures in them.
public protocol DocumentShelf: Sendable {
  /// The pages' names, without the suffix, in the order in which they are read; the first is where one starts.
  var names: [String] { get }
  /// The pictures' names, with the suffix; all are SVG.
  var pictures: [String] { get }
  /// A page as it is for `/docs` and below. Its links lead to the other pages there, relative to where it is itself;
  /// what leads out of the documents into the repository is no link. Made anew each time, of a millisecond or two of work;
  /// nil if there is no such page.
  func page(_ name: Text) -> DocumentPage?
  /// A picture's bytes; nil if there is no such one.
  func picture(_ name: Text) -> SharedBytes?
}
