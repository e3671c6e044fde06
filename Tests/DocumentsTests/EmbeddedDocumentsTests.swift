import Foundation
import HubContracts
import Orders
import Testing

@testable import Documents

/// The documents that the program was built with, as they are served.
@Suite struct EmbeddedDocumentsTests {
  private static let documents = EmbeddedDocuments()

  private static func page(_ name: String) throws -> DocumentPage {
    try #require(documents.page(Text(name)), "\(name)")
  }

  private static func all(_ pattern: Regex<(Substring, Substring)>, in text: String) -> [String] {
    text.matches(of: pattern).map { String($0.1) }
  }

  @Test func eachHasATitleAndANameForAnAddress() throws {
    let names = Self.documents.names
    #expect(names.first == "start" && names.count > 15)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.wholeMatch(of: #/[a-z-]+/#) != nil, "\(name)")
      #expect(try !Self.page(name).title.isEmpty, "\(name)")
    }
    #expect(Self.documents.pictures == ["delivery.svg", "pickup.svg"])
    for name in ["", "nonesuch", "start.md", "../start", "Start", "delivery.svg"] as [Text] {
      #expect(Self.documents.page(name) == nil, "\(name)")
    }
    #expect(Self.documents.picture("delivery") == nil)
  }

  @Test func everyLinkLeadsToAPageAndAHeading() throws {
    let names = Self.documents.names
    var count = 0
    for (index, name) in names.enumerated() {
      let base = try #require(URL(string: index == 0 ? "https://hub.example/docs" : "https://hub.example/docs/\(name)"))
      for target in Self.all(#/href="([^"]*)"/#, in: try Self.page(name).html) {
        let url = try #require(URL(string: target, relativeTo: base)?.absoluteURL, "\(name): \(target)")
        guard url.host == "hub.example" else {
          #expect(url.scheme == "https", "\(name): \(target)")
          continue
        }
        count += 1
        // What the reader finds there: the start at /docs itself, the others below, and the API's own page.
        let path = url.path
        let other = path == "/docs" ? names[0] : path.hasPrefix("/docs/") ? String(path.dropFirst(6)) : ""
        try #require(names.contains(other), "\(name): \(target)")
        #expect(path == "/docs" || other != names[0], "\(name): the start has one address")
        guard let fragment = url.fragment else { continue }
        let anchors = Self.all(#/ id="([^"]*)"/#, in: try Self.page(other).html)
        #expect(anchors.contains(fragment), "\(name): \(target)")
        #expect(Set(anchors).count == anchors.count, "\(other)")
      }
      for source in Self.all(#/src="([^"]*)"/#, in: try Self.page(name).html) {
        let url = try #require(URL(string: source, relativeTo: base)?.absoluteURL)
        #expect(Self.documents.picture(Text(url.lastPathComponent)) != nil, "\(name): \(source)")
        #expect(url.path == "/docs/\(url.lastPathComponent)", "\(name): \(source)")
      }
    }
    #expect(count > 300)
  }

  @Test func noneHasAScriptAStyleOrHTMLOfItsOwn() throws {
    for name in Self.documents.names {
      let html = try Self.page(name).html
      #expect(!html.contains("<script") && !html.contains("style=") && !html.contains("javascript:"), "\(name)")
      #expect(!html.contains("raw HTML omitted"), "\(name): write it between backticks")
      // What looks like a table is one.
      #expect(!html.contains("<p>| "), "\(name)")
    }
  }
}

/// Any Markdown, as it is served.
@Suite struct MarkdownPageTests {
  private static func html(_ text: String, isStart: Bool = false) -> String {
    MarkdownPage(Array(text.utf8), DocumentLinks(names: ["start", "live"], isStart: isStart)).rendered.html
  }

  @Test func aPageHasItsFirstHeadingAsTitleAndAnAnchorAtEach() {
    let text = "# The `live` side\n\n## It's [linked](live.md)\n\n## Same\n\n## Same\n"
    let page = MarkdownPage(Array(text.utf8), DocumentLinks(names: ["start", "live"], isStart: false)).rendered
    #expect(page.title == "The live side")
    for anchor in ["the-live-side", "its-linked", "same", "same-1"] {
      #expect(page.html.contains(##"<a id="\##(anchor)" href="#\##(anchor)">"##), "\(page.html)")
    }
  }

  @Test(arguments: [
    ("[a](live.md)", "live", "docs/live"), ("[a](live.md#events)", "live#events", "docs/live#events"),
    ("[a](start.md)", "../docs", "docs"), ("[a](#here)", "#here", "#here"),
    ("[a](https://example.org/x.md)", "https://example.org/x.md", "https://example.org/x.md"),
  ]) func aLinkLeadsToWhereThePageIsServed(text: String, below: String, start: String) {
    #expect(Self.html(text).contains("href=\"\(below)\""))
    #expect(Self.html(text, isStart: true).contains("href=\"\(start)\""))
  }

  @Test(arguments: [
    "[a](../../../LoadTests/README.md#figures)", "[a](none.md)", "[a](javascript:alert%281%29)", "[a](/etc/passwd)",
    "[a](data:text/html;base64,AAAA)", "[a](//evil.example)", "[a](../x.svg)",
  ]) func whatIsNotServedIsNoLink(text: String) {
    #expect(Self.html(text) == "<p>a</p>\n")
  }

  @Test func whatIsWrittenAsHTMLIsLeftOutAndTheRestEscaped() {
    #expect(!Self.html("<script>alert(1)</script>\n\n<img src=x onerror=y> and <b>bold</b>").contains("<script"))
    #expect(!Self.html("a <img src=x onerror=y>").contains("onerror"))
    #expect(Self.html("`<b>` & \"x\"") == "<p><code>&lt;b&gt;</code> &amp; &quot;x&quot;</p>\n")
  }

  @Test func aTableIsOneAndWhatIsNoUTF8IsReplaced() {
    #expect(Self.html("| a | b |\n|---|---|\n| `x` | [l](live.md) |\n").contains("<td><a href=\"live\">l</a></td>"))
    let page = MarkdownPage([0x61, 0xff, 0x62], DocumentLinks(names: [], isStart: true)).rendered
    #expect(page.html == "<p>a\u{fffd}b</p>\n" && page.title == "")
  }
}
