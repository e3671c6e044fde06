import HubContracts
import HubRuntime
import Orders

/// The documents as they are served at `/docs`: made once, when somebody first asks for one, and then bytes.
///
/// Nothing of a tenant's or a user's is in them, and no script: what a browser is told to allow is next to nothing.
final class Handbook: Sendable {
  /// One file.
  struct File: Sendable {
    let kind: Kind
    let body: SharedBytes
    /// The entity tag, quoted.
    let tag: String

    init(_ kind: Kind, _ body: SharedBytes) {
      self.kind = kind
      self.body = body
      tag = "\"\(Digest.sha256Hex(body.bytes).prefix(32))\""
    }

    /// The media type.
    var type: String {
      switch kind {
      case .page: "text/html; charset=utf-8"
      case .picture: "image/svg+xml"
      case .style: "text/css; charset=utf-8"
      }
    }
  }

  /// What a file is.
  enum Kind: Sendable {
    case page, picture, style
  }

  /// The page about the API, which is made of the route table, and the style: no document may be called so.
  static let (apiName, styleName): (Text, Text) = ("api", "style.css")

  private let documents: any DocumentShelf
  private let workflows: Workflows
  private let version: String
  private let made = Locked<[Text: File]?>(nil)
  private let making = SharedAnswer<[Text: File]?>()

  /// A handbook of some documents, and of the API's description.
  init(documents: any DocumentShelf, workflows: Workflows, version: String) {
    self.documents = documents
    self.workflows = workflows
    self.version = version
  }

  /// The document at `/docs` itself; nil if there are none.
  var startName: Text? { documents.names.first.map { Text($0) } }

  /// All files by their names in the address. However many ask first, they are made once, on a thread for long work.
  func files() async throws -> [Text: File] {
    if let files = made.with({ $0 }) { return files }
    let files = await making.value { [self] in
      if let files = made.with({ $0 }) { return files }
      guard let files = try? await LongWork.run(as: .strangers, { self.make() }) else { return nil }
      made.with { $0 = files }
      return files
    }
    guard let files else {
      throw Problem.unavailable("too much waits already", code: "overloaded", retryAfterSeconds: 1)
    }
    return files
  }

  /// Headers that say what a file may do in a browser: be looked at, with our style and our pictures.
  static func guards(of kind: Kind) -> [(name: String, value: String)] {
    let policy =
      switch kind {
      case .page:
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
      // A picture that is opened by itself is a document.
      case .picture: "default-src 'none'; style-src 'unsafe-inline'; sandbox"
      case .style: "default-src 'none'"
      }
    return [
      ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ]
  }

  private func make() -> [Text: File] {
    var files: [Text: File] = [Self.styleName: File(.style, SharedBytes(Array(HandbookStyle.css.utf8)))]
    let found = documents.names.compactMap { name in documents.page(Text(name)).map { (name: name, page: $0) } }
    let shown = found.map { HandbookFrame.Entry(name: $0.name, title: $0.page.title) }
    for (index, one) in found.enumerated() {
      let frame = HandbookFrame(entries: shown, here: one.name, isStart: index == 0, version: version)
      files[Text(one.name)] = page(frame.html(title: one.page.title, main: one.page.html))
    }
    let frame = HandbookFrame(entries: shown, here: Self.apiName.string, isStart: false, version: version)
    let api = APIPage(groups: OrderAPI.routeGroups, schemas: OpenAPISchemas.all(workflows))
    files[Self.apiName] = page(frame.html(title: APIPage.title, main: api.html))
    for name in documents.pictures {
      if let bytes = documents.picture(Text(name)) { files[Text(name)] = File(.picture, bytes) }
    }
    return files
  }

  private func page(_ html: String) -> File { File(.page, SharedBytes(Array(html.utf8))) }
}

/// A process that brings no documents, as in tests of other things.
public struct NoDocuments: DocumentShelf {
  /// None.
  public init() {}
  /// None.
  public var names: [String] { [] }
  /// None.
  public var pictures: [String] { [] }
  /// There is no such page.
  public func page(_ name: Text) -> DocumentPage? { nil }
  /// There is no such picture.
  public func picture(_ name: Text) -> SharedBytes? { nil }
}
