import CMarkdown
import HubContracts
import Orders

/// A page in Markdown, with tables as GitHub has them, read by cmark-gfm.
///
/// HTML in it is left out, and so are links of other schemes than a browser may follow.
struct MarkdownPage {
  /// As it is served.
  let rendered: DocumentPage

  /// Reads and renders a page.
  init(_ bytes: [UInt8], _ links: DocumentLinks) {
    let tree = MarkdownTree(bytes)
    let nodes = tree.nodes()
    var anchors = HeadingAnchors()
    var title: String?
    for node in nodes {
      switch cmark_node_get_type(node) {
      case CMARK_NODE_HEADING:
        let text = tree.text(of: node)
        if title == nil { title = text }
        tree.mark(node, as: anchors.next(for: text))
      case CMARK_NODE_LINK: tree.redirect(node, links)
      case CMARK_NODE_IMAGE: tree.redirect(node, links)
      default: break
      }
    }
    rendered = DocumentPage(title: title ?? "", html: tree.html())
  }
}

/// A document of cmark's. Whoever holds it owns all its nodes.
private struct MarkdownTree: ~Copyable {
  private let parser: OpaquePointer
  private let root: OpaquePointer

  /// Without `CMARK_OPT_UNSAFE`: neither HTML nor addresses as `javascript:` come through.
  private static let options = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8

  /// The library's list of extensions is one for the process, and filled once.
  private static let hasExtensions: Bool = {
    cmark_gfm_core_extensions_ensure_registered()
    return true
  }()

  init(_ bytes: [UInt8]) {
    precondition(Self.hasExtensions)
    // Both end the process themselves where there is no memory, as all of the library does.
    guard let parser = cmark_parser_new(Self.options) else { preconditionFailure("cmark gave no parser") }
    guard let table = cmark_find_syntax_extension("table") else { preconditionFailure("cmark knows no tables") }
    cmark_parser_attach_syntax_extension(parser, table)
    bytes.withUnsafeBytes { bytes in
      cmark_parser_feed(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard let root = cmark_parser_finish(parser) else { preconditionFailure("cmark gave no document") }
    self.parser = parser
    self.root = root
  }

  deinit {
    cmark_node_free(root)
    cmark_parser_free(parser)
  }

  /// All nodes, each before those in it. Found before anything is changed, for an iterator may not see changes.
  func nodes() -> [OpaquePointer] {
    var nodes: [OpaquePointer] = []
    let iterator = cmark_iter_new(root)
    defer { cmark_iter_free(iterator) }
    while true {
      let event = cmark_iter_next(iterator)
      if event == CMARK_EVENT_DONE { return nodes }
      if event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) { nodes.append(node) }
    }
  }

  /// What a node says, without its marks.
  func text(of node: OpaquePointer) -> String {
    var text = ""
    var child = cmark_node_first_child(node)
    while let node = child {
      if let literal = cmark_node_get_literal(node) {
        text += String(cString: literal)
      } else {
        text += self.text(of: node)
      }
      child = cmark_node_next(node)
    }
    return text
  }

  /// Gives a heading a place that links can name, and a link to itself.
  func mark(_ heading: OpaquePointer, as anchor: String) {
    guard let mark = cmark_node_new(CMARK_NODE_CUSTOM_INLINE) else { return }
    // An anchor has letters, digits, hyphens and underscores only.
    cmark_node_set_on_enter(mark, "<a id=\"\(anchor)\" href=\"#\(anchor)\">")
    cmark_node_set_on_exit(mark, "</a>")
    var inside: [OpaquePointer] = []
    var child = cmark_node_first_child(heading)
    while let node = child {
      inside.append(node)
      child = cmark_node_next(node)
    }
    for node in inside { cmark_node_append_child(mark, node) }
    cmark_node_append_child(heading, mark)
  }

  /// Lets a link lead to where its target is served; one that leads to nothing there stands as its text.
  func redirect(_ link: OpaquePointer, _ links: DocumentLinks) {
    guard let url = cmark_node_get_url(link) else { return }
    if let address = links.address(of: Text(String(cString: url))) {
      cmark_node_set_url(link, address.string)
      return
    }
    while let child = cmark_node_first_child(link) { cmark_node_insert_before(link, child) }
    cmark_node_unlink(link)
    cmark_node_free(link)
  }

  func html() -> String {
    guard let text = cmark_render_html(root, Self.options, cmark_parser_get_syntax_extensions(parser)) else {
      return ""
    }
    defer { free(text) }
    return String(cString: text)
  }
}
